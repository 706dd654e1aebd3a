// From what a user gives by name to a batch of the program: every input there, shapes as the spec says, one size of batch.
import { UserError } from "../base/diagnostic.ts";
import { labelledSteps, lengthAhead } from "../lang/elaborate/lengths.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { printDim, type Sizes } from "../shape/dim.ts";
import { timeOf, type Type } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { stepsOf } from "../train/array-parts.ts";
import { mayLack } from "../train/row-model.ts";
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
  readonly use: "run" | "train" | "write";
  /** Whether numbers may be NaN or infinite. */
  readonly allowNonFinite: boolean;
}

/** One time of the program: its steps, and the input that told them. */
export interface Time {
  readonly steps: number;
  readonly by: string;
  /** `[B]`, of a ragged program. */
  readonly lengths?: Int32Array;
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
      found.set(labelledSteps(input.name), placed(split.marks, type, input.name, sizes).array);
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
    if (own !== undefined) found.set(`length ${time}`, { dtype: "int", shape: [own.length], data: own });
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

/** Empty where it has none. */
export function nameOfTime({ type }: ProgramInput): string {
  const time = timeOf(type);
  return time === undefined ? "" : printDim(time);
}

export function agree(times: Map<string, Time>, name: string, time: Time): void {
  const known = times.get(name);
  times.set(name, known ?? time);
  if (known === undefined || known.steps === time.steps) return;
  throw new UserError(
    `\`${known.by}\` has ${known.steps} steps, but \`${time.by}\` has ${time.steps}: they are read together, step by step`,
  );
}

/** What is predicted and not read need not be there to run; what is fed back need not be there to write. */
export function isNeeded(program: Program, { name, role }: ProgramInput, use: FeedOptions["use"]): boolean {
  if (use === "train") return true;
  const prediction = program.predictions.find(({ target }) => target === name);
  const isFedBack = prediction?.isAutoregressive === true;
  return use === "write" ? role !== "target" && !isFedBack : role !== "target" || isFedBack;
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

/**
 * Adds what lies ahead, as `text[t+1]`. A ragged program masks the last steps, which have no target; for a full one all sequences of
 * that time are cut by them.
 */
function addAhead(program: Program, found: Map<string, HostArray>, times: Map<string, Time>): void {
  for (const [key, time] of times) {
    const along = program.inputs.filter((input) => nameOfTime(input) === key);
    const ahead = new Map(along.map(({ name }) => [name, aheadOf(program, name)] as const));
    const most = Math.max(0, ...[...ahead.values()].flat());
    if (most === 0) continue;
    const steps = time.lengths === undefined ? time.steps - most : time.steps;
    if (steps < 1)
      throw new UserError(
        `\`${time.by}\` has ${time.steps} steps, but what lies ${most} ahead is predicted: give ${most + 1} or more`,
      );
    times.set(key, { ...time, steps });
    for (const [name, all] of ahead) {
      const whole = found.get(name);
      if (whole === undefined) continue;
      for (const each of all) found.set(`${name}[t+${each}]`, moved(whole, each, steps));
      found.set(name, stepsOf(whole, 0, steps));
    }
    const { lengths } = time;
    if (lengths === undefined) continue;
    for (const each of new Set([...ahead.values()].flat())) {
      const data = lengths.map((length) => Math.max(0, length - each));
      found.set(lengthAhead(key, each), { dtype: "int", shape: [data.length], data });
    }
  }
}

function aheadOf(program: Program, name: string): readonly number[] {
  const ahead = program.predictions.flatMap((each) => (each.target === name && each.ahead > 0 ? [each.ahead] : []));
  return [...new Set(ahead)];
}

/** `steps` steps of a sequence `[T, …]` from `ahead` on, zeros behind its end. */
function moved(whole: HostArray, ahead: number, steps: number): HostArray {
  const { shape, data } = stepsOf(whole, ahead, Math.min(ahead + steps, whole.shape[0] ?? 0));
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  const out = whole.data.slice(0, steps * width).fill(0);
  out.set(data);
  return { dtype: whole.dtype, shape: [steps, ...shape.slice(1)], data: out };
}
