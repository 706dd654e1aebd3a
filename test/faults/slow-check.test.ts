// If each cell applies the next one twice, the work doubles with each cell. The cost of one definition is limited, and a file does not
// reach that limit once for each definition.
import { expect, test, vi } from "vitest";
import { check } from "../../src/compile.ts";
import { MOST_APPLICATIONS, ApplicationStack } from "../../src/lang/elaborate/application-stack.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";

function doubling(cells: number): string {
  const last = cells - 1;
  return Array.from({ length: cells }, (_, each) => {
    const next = each < last ? `C${each + 1}(H)(x) + C${each + 1}(H)(2 * x)` : "tanh(x + h[t-1])";
    return `cell C${each}(H) { input x: [H]; state h: [H]; h = ${next} }\n`;
  }).join("");
}

/** What is said of the file, and how many applications of cells that took. */
function checked(text: string): { readonly said: readonly string[]; readonly applications: number } {
  const within = vi.spyOn(ApplicationStack.prototype, "within");
  const found = check({ name: "cells.rec", text }, loadFromDisk);
  const applications = within.mock.results.filter(({ value }) => value?.kind === "applied").length;
  within.mockRestore();
  return { said: found.map(({ title, span }) => `${title} at ${span?.start ?? -1}`), applications };
}

test("ten cells are right, and cost what their applications are", () => {
  const { said, applications } = checked(doubling(10));
  expect(said).toEqual([]);
  // 2^k - 1 for the cell that k - 1 others follow.
  expect(applications).toBe(2 ** 11 - 2 - 10);
});

test("for 63 cells the limit is reported once, at the first place that leads to it, and is not computed again for every cell", () => {
  const text = doubling(63);
  const { said, applications } = checked(text);
  expect(said).toEqual([`this applies more than 2000 cells in all at ${text.indexOf("C1(H)(x)")}`]);
  // The cells that nothing is wrong with are looked at as ever.
  expect(applications).toBeLessThan(2 * MOST_APPLICATIONS + 2 ** 11);
});
