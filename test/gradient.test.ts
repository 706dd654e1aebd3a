// The gradient of every shipped cell and model, as it runs (all passes included), against central differences of the program
// as it was elaborated (no pass at all), in float64. Tensors are compared along random directions, several for each:
// ⟨gradient, d⟩ against (loss(x + h d) - loss(x - h d)) / 2h, which sees every element at two runs a direction.
import { describe, expect, test } from "vitest";
import { lower } from "../src/compile.ts";
import type { Program } from "../src/lang/elaborate/program.ts";
import type { NdArray } from "../src/ops/nd.ts";
import type { Sizes } from "../src/shape/dim.ts";
import { drawn } from "./ops/arrays.ts";
import { named, run, runner, sizesOf, valuesFor, type Arrays } from "./support/run.ts";
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

/** Central differences with h = 1e-4: truncation about h² = 1e-8, rounding 1e-16 / h = 1e-12 of a loss near 1. */
const TOLERANCE = 1e-6;
const STEP = 1e-4;
const DIRECTIONS = 3;

interface Point {
  readonly program: Program;
  readonly outputs: readonly string[];
  readonly inputs: Arrays;
  readonly sizes: Sizes;
}

function inner(a: NdArray, b: NdArray): number {
  return a.data.reduce((sum, value, index) => sum + value * (b.data[index] ?? NaN), 0);
}

function largest(array: NdArray): number {
  return array.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function moved(array: NdArray, direction: NdArray, by: number): NdArray {
  return { shape: array.shape, data: array.data.map((value, index) => value + by * (direction.data[index] ?? NaN)) };
}

/** sum(output · cotangent) over `outputs`, of the program as elaborated. */
function lossOf({ program, outputs, inputs, sizes }: Point): (changed: Arrays) => number {
  const forward = runner(program.graph, sizes);
  return (changed) => {
    const results = forward(changed);
    return outputs.reduce((sum, name) => {
      const result = named(results, name);
      return sum + (name === "loss" ? (result.data[0] ?? NaN) : inner(result, named(inputs, `cotangent ${name}`)));
    }, 0);
  };
}

/** A program's point with its gradients there, through every pass. */
function pointOf(program: Program, outputs: readonly string[], clipState?: number): Point & { gradients: Arrays } {
  const request = requestFor(program, outputs);
  const graph = lower(program.graph, clipState === undefined ? request : { ...request, clipState });
  const sizes = new Map([...sizesOf(program.graph), ...sizesOf(graph)]);
  const inputs = new Map([...valuesFor(program.graph, sizes), ...valuesFor(graph, sizes)]);
  for (const name of outputs) {
    if (name === "loss" || inputs.has(`cotangent ${name}`)) continue;
    const result = named(run(program.graph, inputs, sizes), name);
    inputs.set(`cotangent ${name}`, { shape: result.shape, data: result.data.map(() => 0) });
  }
  return { program, outputs, inputs, sizes, gradients: run(graph, inputs, sizes) };
}

/** Every tensor whose gradient differs, by name, with the two numbers. */
function wrongGradients(point: Point, gradients: Arrays): readonly string[] {
  const { program, inputs } = point;
  const loss = lossOf(point);
  return differentiable(program).flatMap((name) => {
    const gradient = named(gradients, `grad.${name}`);
    const value = named(inputs, name);
    expect(gradient.shape, `shape of the gradient of ${name}`).toEqual(value.shape);
    for (let each = 0; each < DIRECTIONS; each++) {
      const direction = drawn(value.shape, 1000 + each, -1, 1);
      const at = (by: number): number => loss(new Map(inputs).set(name, moved(value, direction, by)));
      const numeric = (at(STEP) - at(-STEP)) / (2 * STEP);
      const symbolic = inner(gradient, direction);
      const scale = Math.max(Math.abs(numeric), largest(gradient), 1e-3);
      const isClose = Math.abs(symbolic - numeric) / scale < TOLERANCE;
      if (!isClose) return [`${name}: ${symbolic} against ${numeric}`];
    }
    return [];
  });
}

function expectGradient(program: Program, outputs: readonly string[]): void {
  const { gradients, ...point } = pointOf(program, outputs);
  expect(wrongGradients(point, gradients)).toEqual([]);
}

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
  test("whose sign is flipped is named, and it alone", () => {
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
