// What a user gives a module, as a program reads it: texts as token ids, arrays with time first, all of one batch and of sizes that agree.
import { UserError } from "../../base/diagnostic.ts";
import { encode, encodeEach, type Vocabulary } from "../../data/vocabulary.ts";
import { readArray, type ArrayInput, type Numbers } from "../../library/given.ts";
import type { DataDescription } from "../description.ts";

/** An array, or for tokens with a vocabulary a text, labels, or one of these for each example. */
export type Value = ArrayInput | string | readonly (string | readonly string[])[];

/** One input as the program reads it. */
export interface GivenArray {
  /** `[T, B, …]`, or `[B, …]` where it is not a sequence. */
  readonly data: Numbers;
  /** Null for one example without an axis of examples. */
  readonly batch: number | null;
  /** Null where it is not a sequence. */
  readonly steps: number | null;
  /** How many steps each example has, where texts of different lengths were given. */
  readonly lengths: readonly number[] | null;
}

/**
 * Reads one input. `isStep`: it is one step of a sequence, which has no axis of time. `sizes` learns free sizes of the input.
 * Throws a UserError that says what was expected.
 */
export function readGiven(
  input: DataDescription,
  value: Value,
  vocabulary: Vocabulary | null,
  { isStep, sizes }: { readonly isStep: boolean; readonly sizes: Map<string, number> },
): GivenArray {
  const hasTime = input.time !== null && !isStep;
  const ids = idsOf(input, value, vocabulary, hasTime);
  if (ids !== null) return ids;
  const own = [...(hasTime ? ["T"] : []), ...input.shape];
  const given = readArray(asArray(input, value), input.name);
  const shape = given.shape ?? inferred(given.count, own, input, sizes);
  const hasBatch = shape.length === own.length + 1;
  if (!hasBatch && shape.length !== own.length) throw wrongShape(input, shape);
  const inner = hasBatch ? shape.slice(1) : shape;
  const steps = hasTime ? (inner[0] ?? 0) : null;
  input.shape.forEach((size, axis) => {
    const found = inner[axis + (hasTime ? 1 : 0)] ?? 0;
    const expected = typeof size === "number" ? size : (sizes.get(size) ?? found);
    if (found !== expected) throw wrongShape(input, shape);
    if (typeof size === "string") sizes.set(size, found);
  });
  const batch = hasBatch ? (shape[0] ?? 0) : null;
  if (batch === 0) throw new UserError(`\`${input.name}\` has no examples`);
  if (steps === 0) throw new UserError(`\`${input.name}\` has no steps`);
  const data = timeFirst(given.read(), batch ?? 1, steps ?? 1);
  if (input.tokens !== null) checkTokens(input, data);
  else checkFinite(input, data);
  return { data, batch, steps, lengths: null };
}

function asArray({ name, tokens }: DataDescription, value: Value): ArrayInput {
  const isText =
    typeof value === "string" || (Array.isArray(value) && value.flat().some((each) => typeof each === "string"));
  if (!isText) return isArrayInput(value) ? value : [];
  throw new UserError(
    tokens === null
      ? `\`${name}\` needs numbers, but a text was given`
      : `\`${name}\` has no vocabulary: give token ids`,
  );
}

function isArrayInput(value: Value): value is ArrayInput {
  return typeof value !== "string";
}

/** Token ids of texts; null where no text was given, or there is no vocabulary. */
function idsOf(
  input: DataDescription,
  value: Value,
  vocabulary: Vocabulary | null,
  hasTime: boolean,
): GivenArray | null {
  if (vocabulary === null || typeof value === "number" || value === null) return null;
  const isLabels = vocabulary.kind === "label";
  const one = (text: string | readonly string[]): Int32Array => {
    if (typeof text !== "string") return encodeEach(vocabulary, text);
    return hasTime && !isLabels ? encode(vocabulary, text) : encodeEach(vocabulary, [text]);
  };
  const single = (ids: Int32Array): GivenArray => {
    if (hasTime && ids.length === 0) throw new UserError(`\`${input.name}\` has no steps`);
    return { data: ids, batch: null, steps: hasTime ? ids.length : null, lengths: null };
  };
  if (typeof value === "string") return single(one(value));
  if (!Array.isArray(value) || value.length === 0) return null;
  const texts = value.filter(isTextOrTexts);
  if (texts.length < value.length) return null;
  if (hasTime && isLabels && texts.every((each) => typeof each === "string"))
    return single(one(texts.filter((each) => typeof each === "string")));
  const ids = texts.map(one);
  const steps = ids.reduce((most, each) => Math.max(most, each.length), 0);
  const batch = ids.length;
  if (hasTime && steps === 0) throw new UserError(`\`${input.name}\` has no steps`);
  const data = new Int32Array(steps * batch);
  ids.forEach((each, example) => each.forEach((id, step) => (data[step * batch + example] = id)));
  const lengths = hasTime && ids.some((each) => each.length < steps) ? ids.map((each) => each.length) : null;
  return { data, batch, steps: hasTime ? steps : null, lengths };
}

function isTextOrTexts(value: unknown): value is string | readonly string[] {
  return (
    typeof value === "string" ||
    (Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string"))
  );
}

/** Of a bare typed array, which is one example: at most one size may be unknown. */
function inferred(
  count: number,
  own: readonly (number | string)[],
  input: DataDescription,
  sizes: ReadonlyMap<string, number>,
): readonly number[] {
  const known = own.map((size) => (typeof size === "number" ? size : sizes.get(size)));
  const rest = known.reduce<number>((product, size) => product * (size ?? 1), 1);
  const open = known.filter((size) => size === undefined).length;
  if ((open === 0 && rest === count) || (open === 1 && rest > 0 && count % rest === 0))
    return known.map((size) => size ?? count / rest);
  throw new UserError(
    `\`${input.name}\` is ${input.type}, and ${count} numbers without a shape do not fit: give { shape, data }`,
  );
}

function wrongShape({ name, type }: DataDescription, shape: readonly number[]): UserError {
  return new UserError(`\`${name}\` is ${type} for each example, but what was given is [${shape.join(", ")}]`);
}

/** From `[B, T, …]` to `[T, B, …]`. */
function timeFirst(data: Numbers, batch: number, steps: number): Numbers {
  if (batch === 1 || steps === 1) return data;
  const width = data.length / (batch * steps);
  const out = data.slice();
  for (let b = 0; b < batch; b++)
    for (let t = 0; t < steps; t++)
      for (let i = 0; i < width; i++) out[(t * batch + b) * width + i] = data[(b * steps + t) * width + i] ?? 0;
  return out;
}

function checkTokens({ name, type, tokens }: DataDescription, data: Numbers): void {
  const count = tokens?.count ?? Infinity;
  const wrong = data.find((id) => !(Number.isInteger(id) && id >= 0 && id < count));
  if (wrong !== undefined)
    throw new UserError(
      `\`${name}\` is ${type}: its tokens are whole numbers from 0 to ${count - 1}, but one is ${wrong}`,
    );
}

const LARGEST = 3.4028234663852886e38;

function checkFinite({ name }: DataDescription, data: Numbers): void {
  const wrong = data.find((value) => !(Math.abs(value) <= LARGEST));
  if (wrong !== undefined) throw new UserError(`\`${name}\` has a number that is not finite: ${wrong}`);
}
