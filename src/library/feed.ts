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

/**
 * Throws a UserError in the words of the spec: an unknown name, a missing one, a wrong shape, sequences of unequal length, a token that
 * is none, a number that is not finite. Only when all is right, sizes that were learnt are kept.
 */
export function gathered(
  model: { readonly program: Program; readonly sizes: DataSizes; learn(sizes: Sizes): void },
  arrays: Arrays,
  { lengths, use, allowNonFinite }: FeedOptions,
): Fed {
  const { program } = model;
  const given = arraysByName(program, arrays);
  const ownLengths = lengths === null ? null : readLengths(program, lengths);
  const sizes = model.sizes.forRun();
  const found = new Map<string, HostArray>();
  const batches = new Map<string, number | null>();
  const times = new Map<string, Time>();
  for (const input of program.inputs) {
    const array = given.get(input.name);
    if (array === undefined) {
      if (isNeeded(program, input, use)) throw missing(program, input);
      continue;
    }
    const plain = input.type.axes.filter(({ tag }) => tag === "plain");
    const split = use === "train" && mayLack(program, input) ? splitNulls(array, plain.length) : null;
    const put = placed(split?.numbers ?? array, input.type, input.name, sizes);
    if (split !== null) {
      const type: Type = { dtype: "float", axes: input.type.axes.filter((axis) => !plain.includes(axis)) };
      found.set(
        printInput({ kind: "labelled", target: input.name }),
        placed(split.marks, type, input.name, sizes).array,
      );
    }
    found.set(input.name, put.array);
    batches.set(input.name, put.batch);
    if (put.steps !== null) agree(times, nameOfTime(input), { steps: put.steps, by: input.name });
  }
  const count = oneBatch(batches);
  const isSingle = count === null;
  if (ownLengths !== null) addLengths(program, times, ownLengths, count ?? 1);
  for (const input of program.inputs) {
    const array = found.get(input.name);
    if (array === undefined) continue;
    const { lengths: own } = times.get(nameOfTime(input)) ?? {};
    found.set(input.name, asTokens(input, array, sizes, own));
    const where = { name: input.name, hasTime: nameOfTime(input) !== "", isSingle, lengths: own };
    if (!allowNonFinite && input.token === undefined) refuseNonFinite(array, where);
  }
  if (use === "train") {
    refuseAllNull(program, found);
    refuseBadTargets(program, found, {
      isSingle,
      allowNonFinite,
      lengthsOf: (input) => times.get(nameOfTime(input))?.lengths,
    });
    addAhead(program, found, times);
  }
  for (const [time, { steps, lengths: own }] of times) {
    sizes.set(time, steps);
    if (own !== undefined) found.set(printInput(lengthsOf(time)), { dtype: "int", shape: [own.length], data: own });
  }
  model.learn(sizes);
  return {
    batch: { arrays: found, sizes: new Map([...sizes, ["B", count ?? 1]]), isFresh: true, tokens: count ?? 1 },
    isSingle,
  };
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
