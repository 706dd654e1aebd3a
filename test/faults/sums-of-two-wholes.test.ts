// A slice of a value that is the same at all steps, plus a slice of a value that differs: only the latter may be summed as a whole.
import { test } from "vitest";
import { lowerVerified } from "../../src/compile.ts";
import { expectGradient } from "../support/differences.ts";
import { floatOutputs, FULL, programFrom, RAGGED, requestFor } from "../support/specs.ts";

// The products on `a` are stacked, and so are those on `x`. `linear(x, a, …)` adds a slice of the one to a slice of the other.
const CELL = `
  cell C(H = 3) {
    input x: [H]
    state h: [4, H]
    param a: [H]
    y = linear(x, linear(a, out = 2), out = 2)
    h = h[t-1] + outer(linear(a, out = 4), linear(x, a, out = H))
  }`;

test.each([
  ["full", FULL],
  ["ragged", RAGGED],
])("%s", (_, options) => {
  const program = programFrom(CELL, { ...options, states: "given" });
  lowerVerified(program.graph, requestFor(program, floatOutputs(program)));
  expectGradient(program, floatOutputs(program));
});
