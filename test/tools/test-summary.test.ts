// What `.ci/run` prints of its runs of vitest.
import { expect, test } from "vitest";
import { summarise, type Report } from "../../scripts/test-summary.ts";

function reportOf(...results: readonly (readonly [string, string, number])[]): Report {
  const assertionResults = results.map(([fullName, status, duration]) => ({ fullName, status, duration }));
  return { testResults: [{ name: "test/a.test.ts", assertionResults }] };
}

test("sums both runs and names the slowest tests, ten at most", () => {
  const many = Array.from({ length: 12 }, (_, index) => [`test ${index}`, "passed", 100 * index] as const);
  const { lines, failed } = summarise([reportOf(...many), reportOf(["slow", "passed", 61_000])], 0);
  expect(failed).toBe(0);
  expect(lines).toHaveLength(12);
  expect(lines[1]).toBe("   61.0 s  test/a.test.ts: slow");
  expect(lines.at(-1)).toBe("13 passed, 0 failed");
});

test("a skipped test, also a `todo`, is named and counts as a failure", () => {
  const { lines, failed } = summarise([reportOf(["a", "passed", 1], ["b", "pending", 0], ["c", "todo", 0])], 0);
  expect(failed).toBe(2);
  expect(lines).toContain("error: skipped: test/a.test.ts: b");
  expect(lines.at(-1)).toBe("1 passed, 2 failed");
});

test("a failed test is counted once, whatever the exit status", () => {
  expect(summarise([reportOf(["a", "passed", 1], ["b", "failed", 1])], 1).lines.at(-1)).toBe("1 passed, 1 failed");
});

test("a run that fails outside its tests, or has none, is one failure", () => {
  expect(summarise([reportOf(["a", "passed", 1])], 1).lines.at(-1)).toBe("1 passed, 1 failed");
  expect(summarise([], 0).lines.at(-1)).toBe("0 passed, 1 failed");
});
