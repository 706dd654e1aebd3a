// A program's gradient, as it runs (all passes included), against central differences of the program as it was elaborated (no
// pass at all), in float64. A tensor is compared along random directions: ⟨gradient, d⟩ against
// (loss(x + h d) - loss(x - h d)) / 2h, which depends on every element and takes two runs.
import type { GradientRequest } from "../grad/gradient.ts";
import { printInput, printOutput, readOutput, type Input } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { nameOfInput, type OpName } from "../graph/node.ts";
import { fail } from "../base/invariant.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { isRow, rowOf } from "../ops/table.ts";
import type { NdArray } from "../ops/nd.ts";
import type { Sizes } from "../shape/dim.ts";
import { referenceTarget } from "../targets/reference/target.ts";
import { drawn, type Arrays } from "./point.ts";
import { named } from "./run.ts";

/**
 * Central differences with h = 1e-4: truncation about h² = 1e-8, rounding 1e-16 / h = 1e-12 of a loss near 1. Where a function bends
 * sharply the shorter step is the better one; no wrong gradient agrees with either.
 */
export const TOLERANCE = 1e-6;
const STEPS = [1e-4, 1e-5] as const;
const DIRECTIONS = 2;

/** The inputs of a program's graph by which it is differentiated. */
export function differentiable({ graph }: Pick<Program, "graph">): readonly string[] {
  return graph
    .inputs()
    .filter(({ type, input }) => type.dtype === "float" && input?.kind !== "random")
    .map(nameOfInput);
}

/** A gradient from `outputs` by everything. Each has a cotangent that is named after it; a loss has 1. */
export function requestFor(program: Pick<Program, "graph">, outputs: readonly string[]): GradientRequest {
  const from = outputs.map((name) => [name, isLoss(name) ? null : cotangentOf(name)] as const);
  return { from: new Map(from), by: differentiable(program) };
}

function cotangentOf(output: string): Input<"cotangent"> {
  return { kind: "cotangent", of: output };
}

function isLoss(output: string): boolean {
  return readOutput(output).kind === "loss";
}

/** A program with numbers for its inputs, and the gradient there. */
export interface Point {
  readonly program: Pick<Program, "graph">;
  /** The outputs at which the gradient starts. Each but a loss has a cotangent among the inputs. */
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

const reference = referenceTarget();

/** sum(output · cotangent) over `outputs`, of the program as elaborated. */
function lossOf({ program, outputs, inputs, sizes }: Point): (changed: Arrays) => number {
  const forward = heldAt(program.graph, inputs, sizes);
  return (changed) => {
    const results = forward(changed);
    return outputs.reduce((sum, name) => {
      const result = named(results, name);
      return (
        sum + (isLoss(name) ? (result.data[0] ?? NaN) : inner(result, named(inputs, printInput(cotangentOf(name)))))
      );
    }, 0);
  };
}

/** Runs a graph in which values that pass no gradient, as those of `stopgradient`, stay what they are at `inputs`. */
function heldAt(graph: Graph, inputs: Arrays, sizes: Sizes): (changed: Arrays) => Arrays {
  const held: number[] = [];
  if (!graph.all().some(({ op }) => stops(op))) {
    const executable = reference.compile(graph);
    return (changed) => executable.run(changed, sizes);
  }
  let isRecorded = false;
  let next = 0;
  const executable = referenceTarget((value, op) => {
    if (!stops(op)) return value;
    if (!isRecorded) held.push(value);
    return held[next++] ?? fail("gradcheck", "more values than in the first run");
  }).compile(graph);
  const run = (given: Arrays): Arrays => {
    next = 0;
    return executable.run(given, sizes);
  };
  run(inputs);
  isRecorded = true;
  return run;
}

/** Whether an op has a derivative, and passes no gradient all the same. */
function stops(op: OpName): boolean {
  if (!isRow(op)) return false;
  const { gradient } = rowOf(op);
  return "none" in gradient && gradient.isStop === true;
}

/** Adds a cotangent for each of `outputs` that has none. A gradient that does not read one may have lost it, so it is not 0. */
export function addCotangents(point: Point, inputs: Map<string, NdArray>): void {
  const results = reference.compile(point.program.graph).run(inputs, point.sizes);
  for (const name of point.outputs)
    if (!isLoss(name) && !inputs.has(printInput(cotangentOf(name))))
      inputs.set(printInput(cotangentOf(name)), drawn(named(results, name).shape, printInput(cotangentOf(name))));
}

/** A gradient along a direction, with the two numbers. */
export interface Slope {
  /** The input by which it is. */
  readonly name: string;
  readonly symbolic: number;
  readonly numeric: number;
  /** Relative to the largest element of the gradient, or the slope itself. */
  readonly error: number;
}

/** For each tensor, the direction along which its gradient differs most. */
export function slopes(point: Point, gradients: Arrays, directions = DIRECTIONS): readonly Slope[] {
  const { program, inputs } = point;
  const loss = lossOf(point);
  return differentiable(program).map((name) => {
    const gradient = named(gradients, printOutput({ kind: "gradient", by: name }));
    const value = named(inputs, name);
    const found = Array.from({ length: directions }, (_, each): Slope => {
      const direction = drawn(value.shape, `direction ${each} ${name}`);
      const at = (by: number): number => loss(new Map(inputs).set(name, moved(value, direction, by)));
      const symbolic = inner(gradient, direction);
      return closest(
        STEPS.map((step) => {
          const numeric = (at(step) - at(-step)) / (2 * step);
          const scale = Math.max(Math.abs(numeric), largest(gradient), 1e-3);
          return { name, symbolic, numeric, error: Math.abs(symbolic - numeric) / scale };
        }),
      );
    });
    return farthest(found);
  });
}

function closest(found: readonly Slope[]): Slope {
  return found.reduce((best, each) => (each.error < best.error || Number.isNaN(best.error) ? each : best));
}

function farthest(found: readonly Slope[]): Slope {
  return found.reduce((worst, each) => (each.error > worst.error || Number.isNaN(each.error) ? each : worst));
}
