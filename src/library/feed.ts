// Builds a batch of the program from the arrays of a call, and checks names, shapes, and that all have one batch size.
import { UserError } from "../base/diagnostic.ts";
import { lengths as lengthsOf, printInput } from "../graph/border.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { Sizes } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { mayLack } from "../train/row-model.ts";
import { splitNulls } from "../train/split-nulls.ts";
import { isNeeded, type InputUse } from "../train/step-inputs.ts";
import type { Batch } from "../train/source.ts";
import { readInput } from "./arrays.ts";
import { refuseNonFinite } from "./finite.ts";
import { isView, LENGTHS_FORM } from "./given.ts";
import { refuseAllNull } from "./labels.ts";
import { refuseUnknown } from "./names.ts";
import { readEntries, isPlainObject } from "./options.ts";
import { readSafely, describeValue } from "./describe-value.ts";
import type { DataSizes } from "./sizes.ts";
import { describeBatch } from "./states.ts";
import { refuseBadTargets } from "./targets.ts";
import { addLengthsLeft, addTargetsAhead, addTime, nameOfTime, refuseOtherThanLeft, type Time } from "./times.ts";
import { toTokens } from "./tokens.ts";
import type { Arrays, Lengths } from "./types.ts";

interface GatheredBatch {
  readonly batch: Batch;
  /** The arrays have no batch axis, so results have none either. */
  readonly isSingle: boolean;
}

export interface FeedOptions {
  /** Null for a program whose examples all have the same length. Otherwise, sequences that are not named have no padding. */
  readonly lengths: Lengths | null;
  /** Decides which inputs must be given. */
  readonly use: InputUse;
  /** Whether numbers may be NaN or infinite. */
  readonly allowNonFinite: boolean;
}

/** The arrays of a call. */
interface Found {
  /** By the printed names of the program's inputs. */
  readonly arrays: Map<string, HostArray>;
  /** The batch size of each input; null for a single example. */
  readonly batches: Map<string, number | null>;
  readonly times: Map<string, Time>;
}

/**
 * The batch of the arrays in a call. Throws a UserError for an unknown or missing name, a wrong shape, sequences of different lengths, an
 * invalid token, and a number that is not finite. New sizes are kept only if nothing was thrown.
 */
export function gatherBatch(
  model: { readonly program: Program; readonly sizes: DataSizes; learn(sizes: Sizes): void },
  arrays: Arrays,
  options: FeedOptions,
): GatheredBatch {
  const { program } = model;
  const given = arraysByName(program, arrays);
  const ownLengths = options.lengths === null ? null : readLengths(program, options.lengths);
  const sizes = model.sizes.forRun();
  const found = findArrays(program, given, sizes, options.use);
  const { times } = found;
  const count = commonBatch(found.batches);
  if (ownLengths !== null) addLengths(program, times, ownLengths, count ?? 1);
  const isSingle = count === null;
  refuseOtherThanLeft(times);
  checkValues(program, found, sizes, { ...options, isSingle });
  for (const [time, { steps, lengths }] of times) {
    sizes.set(time, steps);
    if (lengths !== undefined)
      found.arrays.set(printInput(lengthsOf(time)), { dtype: "int", shape: [lengths.length], data: lengths });
  }
  model.learn(sizes);
  return {
    batch: {
      arrays: found.arrays,
      sizes: new Map([...sizes, ["B", count ?? 1]]),
      isFresh: true,
      tokens: count ?? 1,
    },
    isSingle,
  };
}

/** The array of each input in the layout of the program. Throws a UserError for a missing input, and for a wrong shape. */
function findArrays(
  program: Program,
  given: ReadonlyMap<string, Arrays[string]>,
  sizes: Map<string, number>,
  use: InputUse,
): Found {
  const found: Found = { arrays: new Map(), batches: new Map(), times: new Map() };
  for (const input of program.inputs) {
    const array = given.get(input.name);
    if (array !== undefined) findArray(found, input, array, { sizes, mayHaveNulls: mayLack(program, input) });
    else if (isNeeded(program, input, use)) throw missing(program, input);
  }
  return found;
}

/** `mayHaveNulls`: `null` marks a step or example without a target. The marks become an input of their own. */
function findArray(
  found: Found,
  input: ProgramInput,
  array: Arrays[string],
  { sizes, mayHaveNulls }: { readonly sizes: Map<string, number>; readonly mayHaveNulls: boolean },
): void {
  const { name, type } = input;
  const plain = type.axes.filter(({ tag }) => tag === "plain");
  const split = mayHaveNulls ? splitNulls(array, plain.length) : null;
  const read = readInput(split?.numbers ?? array, type, name, sizes);
  if (split !== null) {
    const marked: Type = { dtype: "float", axes: type.axes.filter((axis) => !plain.includes(axis)) };
    found.arrays.set(printInput({ kind: "labelled", target: name }), readInput(split.marks, marked, name, sizes).array);
  }
  found.arrays.set(name, read.array);
  found.batches.set(name, read.batch);
  if (read.steps !== null) addTime(found.times, nameOfTime(input), { steps: read.steps, by: name });
}

/** Token ids become integers. Throws a UserError for an invalid token, for a number that is not finite, and for wrong targets. */
function checkValues(
  program: Program,
  { arrays, times }: Found,
  sizes: Map<string, number>,
  { use, allowNonFinite, isSingle }: FeedOptions & { readonly isSingle: boolean },
): void {
  for (const input of program.inputs) {
    const array = arrays.get(input.name);
    if (array === undefined) continue;
    const { lengths } = times.get(nameOfTime(input)) ?? {};
    arrays.set(input.name, toTokens(input, array, sizes, lengths));
    const where = { name: input.name, hasTime: nameOfTime(input) !== "", isSingle, lengths };
    if (!allowNonFinite && input.token === undefined) refuseNonFinite(array, where);
  }
  if (use !== "train") return;
  refuseAllNull(program, arrays);
  refuseBadTargets(program, arrays, {
    isSingle,
    allowNonFinite,
    lengthsOf: (input) => times.get(nameOfTime(input))?.lengths,
  });
  addTargetsAhead(program, arrays, times);
}

/** The arrays of a call by name. Throws a UserError for a name that is not an input. */
export function arraysByName<V>(program: Program, arrays: Readonly<Record<string, V>>): ReadonlyMap<string, V> {
  const names = program.inputs.map(({ name }) => name);
  const label = `the arrays of \`${program.name}\``;
  const given = readEntries(arrays, label, `{ ${names[0] ?? "x"}: … }`);
  if (given.has("lengths") && !names.includes("lengths"))
    throw new UserError(
      `\`${program.name}\` has no input \`lengths\`; lengths are an option, as in \`run(arrays, ${LENGTHS_FORM})\``,
    );
  refuseUnknown(given.keys(), names, `\`${program.name}\` has no input`);
  return given;
}

type GivenLengths = ReadonlyMap<string, ArrayLike<number>>;

/** The option `lengths`, by the names of inputs. Throws a UserError for any other value. */
export function readLengths(program: Program, lengths: Lengths): GivenLengths {
  const form = `by the names of inputs, as \`${LENGTHS_FORM}\``;
  if (!readSafely("`lengths`", () => isPlainObject(lengths)))
    throw new UserError(`\`lengths\` are given ${form}, but ${describeValue(lengths)} was given`);
  const given = readEntries(lengths, "`lengths`", LENGTHS_FORM);
  refuseUnknown(
    given.keys(),
    program.inputs.map(({ name }) => name),
    `\`${program.name}\` has no input`,
  );
  return given;
}

export function missing(program: Program, { name, role }: ProgramInput): UserError {
  return new UserError(`\`${program.name}\` needs its ${role} \`${name}\``);
}

/** The batch size of all inputs, or null if no input has a batch axis. Throws a UserError if they differ. */
export function commonBatch(batches: ReadonlyMap<string, number | null>): number | null {
  const [[first, count] = ["", null], ...others] = batches;
  const unlike = others.find(([, other]) => other !== count);
  if (unlike === undefined) return count;
  throw new UserError(`\`${first}\` is ${describeBatch(count)}, but \`${unlike[0]}\` is ${describeBatch(unlike[1])}`);
}

/** Sets the lengths `[B]` of every time: the given ones, otherwise the number of steps. */
export function addLengths(program: Program, times: Map<string, Time>, lengths: GivenLengths, batch: number): void {
  for (const [name, given] of lengths) {
    const input = program.inputs.find((each) => each.name === name);
    const key = input === undefined ? "" : nameOfTime(input);
    if (key === "") throw new UserError(`\`${name}\` is not a sequence, so it has no lengths`);
    const time = times.get(key);
    if (time === undefined) throw new UserError(`there are lengths of \`${name}\`, but it is not given`);
    const own = readLengthsOf(name, given, batch, time.steps);
    const unlike = time.lengths?.findIndex((length, index) => length !== own[index]) ?? -1;
    if (unlike >= 0) {
      const other = [...lengths.keys()].find((each) =>
        program.inputs.some((one) => one.name === each && nameOfTime(one) === key),
      );
      const [has, before] = [own[unlike], time.lengths?.[unlike]];
      throw new UserError(
        `\`${name}\` has the length ${has} in example ${unlike}, but \`${other}\` has ${before}: they are read together, step by step`,
      );
    }
    times.set(key, { ...time, lengths: own });
  }
  addLengthsLeft(times);
  for (const [key, time] of times)
    if (time.lengths === undefined) times.set(key, { ...time, lengths: new Int32Array(batch).fill(time.steps) });
}

function readLengthsOf(name: string, lengths: ArrayLike<number>, batch: number, steps: number): Int32Array {
  const given = readSafely(`the lengths of \`${name}\``, (): readonly unknown[] => {
    if (isView(lengths)) return [...lengths];
    if (!Array.isArray(lengths))
      throw new UserError(
        `the lengths of \`${name}\` are one for each example, as \`${LENGTHS_FORM}\`, but ${describeValue(lengths)} was given`,
      );
    return Array.from<unknown>(lengths);
  });
  if (given.length !== batch)
    throw new UserError(`\`${name}\` has ${batch} examples, but ${given.length} lengths were given`);
  const isLength = (length: unknown): boolean =>
    Number.isInteger(length) && Number(length) >= 0 && Number(length) <= steps;
  const wrong = given.findIndex((length) => !isLength(length));
  if (wrong >= 0) throw new UserError(`\`${name}\` has ${steps} steps, but a length is ${describeValue(given[wrong])}`);
  return Int32Array.from(given, Number);
}
