// A program's gradient against central differences, as an expectation: see `src/gradcheck/differences.ts`.
import { expect } from "vitest";
import { lower } from "../../src/compile.ts";
import { addCotangents, largest, requestFor, slopes, TOLERANCE, type Point } from "../../src/gradcheck/differences.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import { run, sizesOf, valuesFor, type Arrays } from "./run.ts";

export { addCotangents, largest, TOLERANCE, type Point };

/** Where a program is differentiated, if not at the usual sizes and lengths (`valuesFor`). */
export interface Setting {
  readonly sizes?: Readonly<Record<string, number>>;
  /** Of every time, by example. */
  readonly lengths?: readonly number[];
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
  const point = { program, outputs, inputs, sizes };
  addCotangents(point, inputs);
  return { ...point, gradients: run(graph, inputs, sizes) };
}

/** Every tensor whose gradient differs along one of so many random directions, by name, with the two numbers. */
export function wrongGradients(point: Point, gradients: Arrays, directions?: number): readonly string[] {
  return slopes(point, gradients, directions).flatMap(({ name, symbolic, numeric, error }) =>
    error < TOLERANCE ? [] : [`${name}: ${symbolic} against ${numeric}`],
  );
}

export function expectGradient(program: Program, outputs: readonly string[], setting: Setting = {}): void {
  const { gradients, ...point } = pointOf(program, outputs, setting);
  expect(wrongGradients(point, gradients)).toEqual([]);
}
