// A program's gradient, as it runs (all passes included), against central differences of the program as it was elaborated (no
// pass at all), in float64. Tensors are compared along random directions, several for each: ⟨gradient, d⟩ against
// (loss(x + h d) - loss(x - h d)) / 2h, which sees every element at two runs a direction.
import { expect } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { NdArray } from "../../src/ops/nd.ts";
import type { Sizes } from "../../src/shape/dim.ts";
import { drawn } from "../ops/arrays.ts";
import { named, run, runner, sizesOf, valuesFor, type Arrays } from "./run.ts";
import { differentiable, requestFor } from "./specs.ts";

/**
 * Central differences with h = 1e-4: truncation about h² = 1e-8, rounding 1e-16 / h = 1e-12 of a loss near 1. Where a function bends
 * sharply the shorter step is the better one; no wrong gradient agrees with either.
 */
export const TOLERANCE = 1e-6;
const STEPS = [1e-4, 1e-5] as const;
const DIRECTIONS = 2;

export interface Point {
  readonly program: Program;
  readonly outputs: readonly string[];
  readonly inputs: Arrays;
  readonly sizes: Sizes;
}

function inner(a: NdArray, b: NdArray): number {
  return a.data.reduce((sum, value, index) => sum + value * (b.data[index] ?? NaN), 0);
}

export function largest(array: NdArray): number {
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

/** Where a program is differentiated, if not at the usual sizes and lengths (`valuesFor`). */
export interface Setting {
  readonly sizes?: Readonly<Record<string, number>>;
  /** Of every time, by example. */
  readonly lengths?: readonly number[];
}

/**
 * A cotangent for each of `outputs` that has none among the gradient's inputs. A gradient that does not read one may have lost it, so
 * it is not 0.
 */
export function addCotangents(
  program: Program,
  outputs: readonly string[],
  inputs: Map<string, NdArray>,
  sizes: Sizes,
): void {
  const results = run(program.graph, inputs, sizes);
  for (const name of outputs) {
    if (name !== "loss" && !inputs.has(`cotangent ${name}`))
      inputs.set(`cotangent ${name}`, drawn(named(results, name).shape, 999, -1, 1));
  }
}

/** A program's point with its gradients there, through every pass. */
export function pointOf(
  program: Program,
  outputs: readonly string[],
  setting: Setting = {},
): Point & { readonly gradients: Arrays } {
  const graph = lower(program.graph, requestFor(program, outputs));
  const more = setting.sizes ?? {};
  const sizes = new Map([...sizesOf(program.graph, more), ...sizesOf(graph, more)]);
  const inputs = new Map([...valuesFor(program.graph, sizes), ...valuesFor(graph, sizes)]);
  for (const [name, { shape }] of inputs)
    if (setting.lengths !== undefined && name.startsWith("length "))
      inputs.set(name, { shape, data: Float64Array.from(setting.lengths) });
  addCotangents(program, outputs, inputs, sizes);
  return { program, outputs, inputs, sizes, gradients: run(graph, inputs, sizes) };
}

/** Every tensor whose gradient differs along one of so many random directions, by name, with the two numbers. */
export function wrongGradients(point: Point, gradients: Arrays, directions = DIRECTIONS): readonly string[] {
  const { program, inputs } = point;
  const loss = lossOf(point);
  return differentiable(program).flatMap((name) => {
    const gradient = named(gradients, `grad.${name}`);
    const value = named(inputs, name);
    expect(gradient.shape, `shape of the gradient of ${name}`).toEqual(value.shape);
    for (let each = 0; each < directions; each++) {
      const direction = drawn(value.shape, 1000 + each, -1, 1);
      const at = (by: number): number => loss(new Map(inputs).set(name, moved(value, direction, by)));
      const symbolic = inner(gradient, direction);
      const met: number[] = [];
      const isClose = STEPS.some((step) => {
        const numeric = (at(step) - at(-step)) / (2 * step);
        met.push(numeric);
        const scale = Math.max(Math.abs(numeric), largest(gradient), 1e-3);
        return Math.abs(symbolic - numeric) / scale < TOLERANCE;
      });
      if (!isClose) return [`${name}: ${symbolic} against ${met.join(" or ")}`];
    }
    return [];
  });
}

export function expectGradient(program: Program, outputs: readonly string[], setting: Setting = {}): void {
  const { gradients, ...point } = pointOf(program, outputs, setting);
  expect(wrongGradients(point, gradients)).toEqual([]);
}
