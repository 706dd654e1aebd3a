// From what a user gives by name to a batch of the program: every input there, shapes as the spec says, one size of batch.
import { UserError } from "../base/diagnostic.ts";
import { lengthAhead } from "../lang/elaborate/context.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { nearest } from "../lang/nearest.ts";
import { printDim } from "../shape/dim.ts";
import { timeOf } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import type { Batch } from "../train/source.ts";
import { placed } from "./arrays.ts";
import type { DataSizes } from "./sizes.ts";
import type { Arrays } from "./types.ts";

interface Fed {
  readonly batch: Batch;
  /** One example without a batch axis: results have none either. */
  readonly isSingle: boolean;
}

export interface FeedOptions {
  readonly lengths: Readonly<Record<string, readonly number[]>>;
  /** Targets belong to training; what a model writes itself, to neither. */
  readonly use: "run" | "train" | "write";
}

/** Throws a UserError in the words of the spec: an unknown name, a missing one, a wrong shape, sequences of unequal length. */
export function gathered(
  model: { readonly program: Program; readonly sizes: DataSizes },
  arrays: Arrays,
  { lengths, use }: FeedOptions,
): Fed {
  const { program } = model;
  refuseUnknown(program, [...Object.keys(arrays), ...Object.keys(lengths)]);
  const sizes = model.sizes.forRun();
  const found = new Map<string, HostArray>();
  const batches = new Map<string, number | null>();
  for (const input of program.inputs) {
    const given = arrays[input.name];
    if (given === undefined) {
      if (isNeeded(program, input, use)) throw missing(program, input);
      continue;
    }
    const { array, batch } = placed(given, input.type, input.name, sizes);
    found.set(input.name, array);
    batches.set(input.name, batch);
    for (const ahead of aheadOf(program, input)) found.set(`${input.name}[t+${ahead}]`, moved(array, ahead));
  }
  const count = oneBatch(batches);
  for (const [name, each] of lengths === undefined ? [] : Object.entries(lengths)) {
    const input = program.inputs.find((other) => other.name === name);
    const time = input === undefined ? undefined : timeOf(input.type);
    if (time === undefined) throw new UserError(`\`${name}\` is no sequence and has no lengths`);
    checkLengths(name, each, count ?? 1, sizes.get(printDim(time)) ?? 0);
    found.set(`length ${printDim(time)}`, { dtype: "int", shape: [each.length], data: Int32Array.from(each) });
  }
  if (Object.keys(lengths).length > 0 || (use === "train" && predictsAhead(program))) {
    fillLengths(program, found, sizes, count ?? 1);
    endTargets(program, found);
  }
  model.sizes.keep(sizes);
  return {
    batch: { arrays: found, sizes: new Map([...sizes, ["B", count ?? 1]]), isFresh: true, tokens: count ?? 1 },
    isSingle: count === null,
  };
}

function refuseUnknown(program: Program, names: readonly string[]): void {
  const known = program.inputs.map(({ name }) => name);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  const close = nearest(wrong, known);
  const hint = close === undefined ? `it has ${known.join(", ")}` : `did you mean \`${close}\`?`;
  throw new UserError(`\`${program.name}\` has no input \`${wrong}\`; ${hint}`);
}

/** What is predicted and not read need not be there to run; what is fed back need not be there to write. */
function isNeeded(program: Program, { name, role }: ProgramInput, use: FeedOptions["use"]): boolean {
  if (use === "train") return true;
  const prediction = program.predictions.find(({ target }) => target === name);
  const isFedBack = prediction?.isAutoregressive === true;
  return use === "write" ? role !== "target" && !isFedBack : role !== "target" || isFedBack;
}

function missing(program: Program, { name, role }: ProgramInput): UserError {
  return new UserError(`\`${program.name}\` needs its ${role} \`${name}\``);
}

/** Then the last steps of whole sequences have no target. */
export function predictsAhead({ predictions }: Program): boolean {
  return predictions.some(({ ahead }) => ahead > 0);
}

function aheadOf(program: Program, { name }: ProgramInput): readonly number[] {
  const ahead = program.predictions.flatMap((each) => (each.target === name && each.ahead > 0 ? [each.ahead] : []));
  return [...new Set(ahead)];
}

/** A sequence `steps` steps further on, zeros at its end. */
function moved({ dtype, shape, data }: HostArray, steps: number): HostArray {
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  const out = data.slice().fill(0);
  out.set(data.subarray(steps * width));
  return { dtype, shape, data: out };
}

/** All inputs have a batch of one size, or none has. */
function oneBatch(batches: ReadonlyMap<string, number | null>): number | null {
  const [[first, count] = ["", null], ...others] = batches;
  const unlike = others.find(([, other]) => other !== count);
  if (unlike === undefined) return count;
  const told = (each: number | null): string => (each === null ? "a single example" : `a batch of ${each}`);
  throw new UserError(`\`${first}\` is ${told(count)}, but \`${unlike[0]}\` is ${told(unlike[1])}`);
}

function checkLengths(name: string, lengths: readonly number[], batch: number, steps: number): void {
  if (lengths.length !== batch)
    throw new UserError(`\`${name}\` has ${batch} examples, but ${lengths.length} lengths were given`);
  const wrong = lengths.find((length) => !Number.isInteger(length) || length < 0 || length > steps);
  if (wrong !== undefined) throw new UserError(`\`${name}\` has ${steps} steps, but a length is ${wrong}`);
}

/** Sequences whose lengths nobody gave are full. */
function fillLengths(
  program: Program,
  found: Map<string, HostArray>,
  sizes: ReadonlyMap<string, number>,
  batch: number,
): void {
  for (const { type } of program.inputs) {
    const time = timeOf(type);
    if (time === undefined || found.has(`length ${printDim(time)}`)) continue;
    const steps = sizes.get(printDim(time)) ?? 0;
    found.set(`length ${printDim(time)}`, { dtype: "int", shape: [batch], data: new Int32Array(batch).fill(steps) });
  }
}

/** What lies ahead of a sequence ends before it. */
function endTargets(program: Program, found: Map<string, HostArray>): void {
  for (const input of program.inputs) {
    const time = timeOf(input.type);
    const lengths = time === undefined ? undefined : found.get(`length ${printDim(time)}`);
    if (time === undefined || lengths === undefined) continue;
    for (const ahead of aheadOf(program, input)) {
      const data = Int32Array.from(lengths.data, (length) => Math.max(0, length - ahead));
      found.set(lengthAhead(printDim(time), ahead), { ...lengths, data });
    }
  }
}
