// The gradient of every shipped cell and model against central differences (`support/differences.ts`).
import { describe, expect, test } from "vitest";
import { lower } from "../src/compile.ts";
import { expectGradient, largest, pointOf, TOLERANCE, wrongGradients } from "./support/differences.ts";
import { named, run, sizesOf, valuesFor } from "./support/run.ts";
import {
  CELLS,
  differentiable,
  floatOutputs,
  LAYOUTS,
  MODELS,
  programFrom,
  RAGGED,
  requestFor,
  shippedNamed,
  shippedProgram,
} from "./support/specs.ts";

for (const [layout, options] of LAYOUTS) {
  describe(`gradients, ${layout}: within ${TOLERANCE} of central differences`, () => {
    for (const { name, definition } of CELLS) {
      const program = shippedProgram(definition, options);
      test(`${name}: its output, by all params, inputs, memories and first states`, () => {
        expectGradient(program, ["output"]);
      });
      test(`${name}: its output, every quantity and every last state at once`, () => {
        expectGradient(program, floatOutputs(program));
      });
    }
    for (const { name, definition } of MODELS) {
      test(`${name}: the loss, by all params and inputs`, () => {
        expectGradient(shippedProgram(definition, options), ["loss"]);
      });
    }
    const wirings = [
      ["LSTM", 2, true],
      ["GRU", 1, true],
      ["RNN", 3, false],
    ] as const;
    test.each(wirings)("%s in %i layers, bidirectional %s", (name, layers, bidirectional) => {
      const program = shippedProgram(shippedNamed(name), { ...options, wiring: { layers, bidirectional } });
      expectGradient(program, floatOutputs(program));
    });
  });
}

describe("a wrong gradient", () => {
  test("with a flipped sign is the only one that is named", () => {
    const { gradients, ...point } = pointOf(shippedProgram(shippedNamed("LSTM"), RAGGED), ["output"]);
    for (const name of differentiable(point.program)) {
      const right = named(gradients, `grad.${name}`);
      if (largest(right) === 0) continue; // the first c of a ragged LSTM always counts; nothing else is 0 either
      const flipped = { shape: right.shape, data: right.data.map((value) => -value) };
      const wrong = wrongGradients(point, new Map(gradients).set(`grad.${name}`, flipped));
      expect(wrong.map((each) => each.split(":")[0])).toEqual([name]);
    }
  });
});

describe("clip state", () => {
  test("clamps each element of a state's gradient at every step of the way back", () => {
    // h = 2 h[t-1] + x over 4 steps, the loss is the sum of all h: without clipping δ_t is 1, 3, 7, 15 from the last step on.
    const program = programFrom("cell C() {\n  input x: []\n  state h: []\n  h = 2 * h[t-1] + x\n}");
    const gradientOfX = (clipState?: number): readonly number[] => {
      const request = requestFor(program, ["output"]);
      const graph = lower(program.graph, clipState === undefined ? request : { ...request, clipState });
      const sizes = new Map([...sizesOf(graph), ["B", 1]]);
      const ones = [...valuesFor(graph, sizes)].map(
        ([name, { shape, data }]) => [name, { shape, data: data.fill(1) }] as const,
      );
      return [...named(run(graph, new Map(ones), sizes), "grad.x").data];
    };
    expect(gradientOfX()).toEqual([15, 7, 3, 1]);
    // What a state receives from the step after it is at most 5: 1, then 1 + 2, then 1 + min(6, 5), then 1 + min(12, 5).
    expect(gradientOfX(5)).toEqual([6, 6, 3, 1]);
  });
});
