// A gradient has all the axes of the value, also where axes of size 1 were stretched beside a memory's time, or axes that lie apart were summed.
import { describe, test } from "vitest";
import { expectGradient } from "../support/differences.ts";
import { LAYOUTS, programFrom } from "../support/specs.ts";

const SPECS: readonly (readonly [string, string])[] = [
  [
    "outer(memory, vector)",
    "cell C { input x: [2]; memory m: seq [3]; state h: [3, 2]; h = 0.5 * h[t-1] + sum(tanh(outer(m, x)), axis = 0) }",
  ],
  [
    "outer(memory of numbers, matrix)",
    "cell C { input x: [3, 2]; memory m: seq []; state h: [3, 2]; h = 0.5 * h[t-1] + sum(tanh(outer(m, x)), axis = 0) }",
  ],
  [
    "a sum over the first and the last of three axes",
    'cell C { input x: [2, 3, 4]; state h: [3]; h = tanh(0.5 * h[t-1] + einsum("ijk->j", x * x)) }',
  ],
];

for (const [layout, options] of LAYOUTS) {
  describe(layout, () => {
    test.each(SPECS)("%s", (_, text) => expectGradient(programFrom(text, options), ["output"]));
  });
}
