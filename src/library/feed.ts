// From what a user gives by name to a batch of the program: every input there, shapes as the spec says, one size of batch.
import { UserError } from "../base/diagnostic.ts";
import { lengths as lengthsOf, printInput } from "../graph/border.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { Sizes } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { mayLack } from "../train/row-model.ts";
import { isNeeded, type InputUse } from "../train/step-inputs.ts";
import type { Batch } from "../train/source.ts";
import { placed } from "./arrays.ts";
import { refuseNonFinite } from "./finite.ts";
import { isView, LENGTHS_FORM } from "./given.ts";
import { refuseAllNull, splitNulls } from "./labels.ts";
import { refuseUnknown } from "./names.ts";
import { entriesOf, isPlain } from "./options.ts";
import { reading, shown } from "./shown.ts";
import type { DataSizes } from "./sizes.ts";
import { refuseBadTargets } from "./targets.ts";
import { addAhead, agree, nameOfTime, type Time } from "./times.ts";
import { asTokens } from "./tokens.ts";
import type { Arrays, Lengths } from "./types.ts";

interface Fed {
  readonly batch: Batch;
  /** One example without a batch axis: results have none either. */
  readonly isSingle: boolean;
}

export interface FeedOptions {
  /** Null where examples are full; for a ragged program those that are not given are full. */
  readonly lengths: Lengths | null;
  /** Targets belong to training; what a model writes itself, to neither. */
  readonly use: InputUse;
  /** Whether numbers may be NaN or infinite. */
  readonly allowNonFinite: boolean;
}

/** The arrays of a call as they are found, input by input. */
interface Found {
  /** By the printed inputs of the program. */
  readonly arrays: Map<string, HostArray>;
  /** By input, the examples in its batch; null for a single example. */
  readonly batches: Map<string, number | null>;
  readonly times: Map<string, Time>;
}

/**
 * The batch of the arrays in a call. Throws a UserError in the words of the spec: an unknown name, a missing one, a wrong shape, sequences
 * of unequal length, an invalid token, a number that is not finite. New sizes are kept only if nothing was thrown.
 */
export function gathered(
  model: { readonly program: Program; readonly sizes: DataSizes; learn(sizes: Sizes): void },
  arrays: Arrays,
  options: FeedOptions,
): Fed {
  const { program } = model;
  const given = arraysByName(program, arrays);
  const ownLengths = options.lengths === null ? null : readLengths(program, options.lengths);
  const sizes = model.sizes.forRun();
  const found = findArrays(program, given, sizes, options.use);
  const { times } = found;
  const count = oneBatch(found.batches);
  if (ownLengths !== null) addLengths(program, times, ownLengths, count ?? 1);
  const isSingle = count === null;
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

/** The array of each input in the form of the program. Throws a UserError for a missing one, and for wrong shapes. */
function findArrays(
  program: Program,
  given: ReadonlyMap<string, Arrays[string]>,
  sizes: Map<string, number>,
  use: InputUse,
): Found {
  const found: Found = { arrays: new Map(), batches: new Map(), times: new Map() };
  for (const input of program.inputs) {
    const array = given.get(input.name);
    if (array !== undefined)
      findArray(found, input, array, { sizes, mayHaveNulls: use === "train" && mayLack(program, input) });
    else if (isNeeded(program, input, use)) throw missing(program, input);
  }
  return found;
}

/** `mayHaveNulls`: a null marks a step or example without a target; the marks become an input of their own. */
function findArray(
  found: Found,
  input: ProgramInput,
  array: Arrays[string],
  { sizes, mayHaveNulls }: { readonly sizes: Map<string, number>; readonly mayHaveNulls: boolean },
): void {
  const { name, type } = input;
  const plain = type.axes.filter(({ tag }) => tag === "plain");
  const split = mayHaveNulls ? splitNulls(array, plain.length) : null;
  const put = placed(split?.numbers ?? array, type, name, sizes);
  if (split !== null) {
    const marked: Type = { dtype: "float", axes: type.axes.filter((axis) => !plain.includes(axis)) };
    found.arrays.set(printInput({ kind: "labelled", target: name }), placed(split.marks, marked, name, sizes).array);
  }
  found.arrays.set(name, put.array);
  found.batches.set(name, put.batch);
  if (put.steps !== null) agree(found.times, nameOfTime(input), { steps: put.steps, by: name });
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
    arrays.set(input.name, asTokens(input, array, sizes, lengths));
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
  addAhead(program, arrays, times);
}

/** What is given by the names of inputs. Throws a UserError for a name that is none. */
export function arraysByName<V>(program: Program, arrays: Readonly<Record<string, V>>): ReadonlyMap<string, V> {
  const names = program.inputs.map(({ name }) => name);
  const told = `what \`${program.name}\` is given`;
  const given = entriesOf(arrays, told, `{ ${names[0] ?? "x"}: … }`);
  if (given.has("lengths") && !names.includes("lengths"))
    throw new UserError(
      `\`${program.name}\` has no input \`lengths\`; lengths are an option, as in \`run(arrays, ${LENGTHS_FORM})\``,
    );
  refuseUnknown(given.keys(), names, `\`${program.name}\` has no input`);
  return given;
}

type GivenLengths = ReadonlyMap<string, ArrayLike<number>>;

/** The option `lengths`, by the names of inputs. Throws a UserError for what is none. */
export function readLengths(program: Program, lengths: Lengths): GivenLengths {
  const form = `by the names of inputs, as \`${LENGTHS_FORM}\``;
  if (!reading("`lengths`", () => isPlain(lengths)))
    throw new UserError(`\`lengths\` are given ${form}, but ${shown(lengths)} was given`);
  const given = entriesOf(lengths, "`lengths`", LENGTHS_FORM);
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

/** All inputs have a batch of one size, or none has. */
export function oneBatch(batches: ReadonlyMap<string, number | null>): number | null {
  const [[first, count] = ["", null], ...others] = batches;
  const unlike = others.find(([, other]) => other !== count);
  if (unlike === undefined) return count;
  const told = (each: number | null): string => (each === null ? "a single example" : `a batch of ${each}`);
  throw new UserError(`\`${first}\` is ${told(count)}, but \`${unlike[0]}\` is ${told(unlike[1])}`);
}

/** Gives every time its lengths `[B]`: the given ones, else full. */
export function addLengths(program: Program, times: Map<string, Time>, lengths: GivenLengths, batch: number): void {
  for (const [name, given] of lengths) {
    const input = program.inputs.find((each) => each.name === name);
    const key = input === undefined ? "" : nameOfTime(input);
    if (key === "") throw new UserError(`\`${name}\` is no sequence and has no lengths`);
    const time = times.get(key);
    if (time === undefined) throw new UserError(`there are lengths of \`${name}\`, but it is not given`);
    const own = checked(name, given, batch, time.steps);
    if (time.lengths?.some((length, index) => length !== own[index]) === true)
      throw new UserError(`\`${name}\` is read together with another sequence, step by step, but their lengths differ`);
    times.set(key, { ...time, lengths: own });
  }
  for (const [key, time] of times)
    if (time.lengths === undefined) times.set(key, { ...time, lengths: new Int32Array(batch).fill(time.steps) });
}

function checked(name: string, lengths: ArrayLike<number>, batch: number, steps: number): Int32Array {
  const given = reading(`the lengths of \`${name}\``, (): readonly unknown[] => {
    if (isView(lengths)) return [...lengths];
    if (!Array.isArray(lengths))
      throw new UserError(
        `the lengths of \`${name}\` are one for each example, as \`${LENGTHS_FORM}\`, but ${shown(lengths)} was given`,
      );
    return Array.from<unknown>(lengths);
  });
  if (given.length !== batch)
    throw new UserError(`\`${name}\` has ${batch} examples, but ${given.length} lengths were given`);
  const isLength = (length: unknown): boolean =>
    Number.isInteger(length) && Number(length) >= 0 && Number(length) <= steps;
  const wrong = given.findIndex((length) => !isLength(length));
  if (wrong >= 0) throw new UserError(`\`${name}\` has ${steps} steps, but a length is ${shown(given[wrong])}`);
  return Int32Array.from(given, Number);
}
