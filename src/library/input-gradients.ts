// Gradients by the arrays of a call. If `x[t+1]` is predicted, `x` is an input and, shifted by a step, a target: its gradient is the sum
// of both.
import { printInput, printOutput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import { timeOf } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import type { Batch } from "../train/source.ts";
import { toBatchFirst } from "./arrays.ts";
import type { NumberArray } from "./given.ts";
import { nameOfTime, stepsAhead } from "./times.ts";
import type { Results } from "./types.ts";

interface Situation {
  readonly batch: Batch;
  readonly isSingle: boolean;
  readonly isRagged: boolean;
}

/** The graph's inputs that hold numbers from the user. */
export function namesOfInputs(program: Program): readonly string[] {
  return program.inputs
    .filter(isNumber)
    .flatMap(({ name }) => [name, ...stepsAhead(program, name).map((ahead) => nameAhead(name, ahead))]);
}

/** Gradients `[B, T, …]` by the names of inputs, targets and memories; 0 if nothing depends on them. */
export function inputGradients(program: Program, found: ReadonlyMap<string, HostArray>, situation: Situation): Results {
  return Object.fromEntries(
    program.inputs.filter(isNumber).flatMap((input): [string, NumberArray][] => {
      const whole = wholeGradient(program, input, found, situation);
      return whole === undefined ? [] : [[input.name, toBatchFirst(whole, input.type, situation.isSingle)]];
    }),
  );
}

function isNumber({ type }: ProgramInput): boolean {
  return type.dtype === "float";
}

function nameAhead(name: string, ahead: number): string {
  return printInput({ kind: "data", name, use: "target", ahead });
}

/** The name of the output that is the gradient by an input. */
export function gradientName(by: string): string {
  return printOutput({ kind: "gradient", by });
}

/** In the shape of the given array, `[T, B, …]`; undefined if none was given. */
function wholeGradient(
  program: Program,
  { name, type }: ProgramInput,
  found: ReadonlyMap<string, HostArray>,
  { batch, isRagged }: Situation,
): HostArray | undefined {
  const given = batch.arrays.get(name);
  if (given === undefined) return undefined;
  const ahead = timeOf(type) === undefined ? [] : stepsAhead(program, name);
  // The last steps, which have no target, were cut off from full sequences, and are masked in ragged ones.
  const cut = isRagged ? 0 : mostAhead(program, nameOfTime({ type }));
  const [steps = 1, ...rest] = given.shape;
  const width = rest.reduce((product, size) => product * size, 1);
  const isExact = found.get(gradientName(name))?.data instanceof Float64Array;
  const count = (steps + cut) * width;
  const data = isExact ? new Float64Array(count) : new Float32Array(count);
  const add = (graph: string, offset: number): void =>
    found.get(gradientName(graph))?.data.forEach((value, index) => {
      const at = index + offset * width;
      if (at < data.length) data[at] = (data[at] ?? 0) + value;
    });
  add(name, 0);
  for (const each of ahead) add(nameAhead(name, each), each);
  return { dtype: "float", shape: [steps + cut, ...rest], data };
}

/** The largest number of steps that something along a time is predicted ahead. */
function mostAhead(program: Program, time: string): number {
  if (time === "") return 0;
  const along = program.inputs.filter((input) => nameOfTime(input) === time);
  return Math.max(0, ...along.flatMap(({ name }) => stepsAhead(program, name)));
}
