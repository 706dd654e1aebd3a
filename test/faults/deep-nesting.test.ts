// Nested expressions, through cells that apply cells: what is too deep for the stack is reported, and nothing overflows.
import { expect, test } from "vitest";
import { check } from "../../src/compile.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";

/** `cells` cells, each of which applies the next inside `depth` calls of `call`. */
function codesOf(cells: number, depth: number, call: string): readonly string[] {
  const nested = (inner: string): string => `${`${call}(`.repeat(depth)}${inner}${")".repeat(depth)}`;
  const texts = Array.from({ length: cells }, (_, index) => {
    const inner = index === cells - 1 ? "x" : `C${index + 1}(2)(x)`;
    return `cell C${index}(H) { input x: [2]\n state h: [2]\n h = h[t-1] + ${nested(inner)} }`;
  });
  const found = check({ name: "deep.rec", text: texts.join("\n") }, loadFromDisk).map(({ code }) => code);
  // A cell's input stands in the innermost of them only.
  return found.filter((code) => code !== "unread-name");
}

test.each(["tanh", "concat"])("%s: 64 cells, 5 deep each, are right", (call) => {
  expect(codesOf(64, 5, call)).toEqual([]);
});

test.each(["tanh", "concat"])("%s: 64 cells, 50 deep each, are an error", (call) => {
  expect(new Set(codesOf(64, 50, call))).toEqual(new Set(["deep-nesting"]));
});

/** Tests run on the stack that Node has by itself, as programs that use the library do. */
test("one statement: 300 operators are accepted, 980 are reported as too many", () => {
  const codes = (count: number): readonly string[] => {
    const text = `cell A(H) {\n  input x: [H]\n  state h: [H]\n  h = x${"^ 2".repeat(count)} + h[t-1]\n}`;
    return check({ name: "deep.rec", text }, loadFromDisk).map(({ code }) => code);
  };
  expect(codes(300)).toEqual([]);
  expect(codes(980)).toEqual(["too-long"]);
});
