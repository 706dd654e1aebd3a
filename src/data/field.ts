// The fields of a row that a model needs, as plain data: names, kinds and shapes. Does not depend on the compiler.
import type { TargetRange } from "../base/target-range.ts";

interface Common {
  /** Its key in a JSON row, its column in CSV. */
  readonly name: string;
  /** A field that is not required is in all rows or in none. */
  readonly required: boolean;
  /** The time of the sequence, or null for one value in each row. Fields of one time have equal lengths in each row. */
  readonly time: string | null;
  /** Whether a value may be `null`: only for targets that the model does not read. */
  readonly mayLack?: boolean;
  /** Whether it is a target, which is not needed when the model is used. */
  readonly isTarget?: boolean;
  /** For each k a batch also has `NAME[t+k]`, the sequence shifted by k steps. */
  readonly ahead: readonly number[];
}

/** Tokens: characters, words, labels, or token ids. */
export interface TokenField extends Common {
  readonly kind: "token";
  readonly reading: "char" | "word" | "label" | "token";
  /** Fields with the same name share the vocabulary. For `token` it is the name of its size. */
  readonly vocabulary: string;
  /** The size of the vocabulary in the model, or null if it comes from the data. */
  readonly most: number | null;
  /** Whether its vocabulary has a start token. */
  readonly start: boolean;
  /** Whether an end token is appended to each sequence. */
  readonly end: boolean;
  /** Labels without an alignment: the time of the steps that they are read from. */
  readonly readFrom?: string;
}

/** Numbers. A size that is a name comes from the first row, and is the same in all rows. */
export interface NumberField extends Common {
  readonly kind: "number";
  /** The shape of the value at one step. */
  readonly shape: readonly (number | string)[];
  /** The numbers that it may have. */
  readonly ranges?: readonly TargetRange[];
}

export type FieldSpec = TokenField | NumberField;

/** The expected value, for messages: `an array of 2 numbers`. */
export function describeField(field: FieldSpec): string {
  if (field.kind === "number") return describeNumbers(field.shape, field.time !== null);
  const below = field.most === null ? "" : ` below ${field.most}`;
  if (field.time === null) {
    const one = { char: "one character", word: "a word", label: "a label", token: `a token number${below}` };
    return one[field.reading];
  }
  const several = {
    char: "text, or an array of characters",
    word: "text, or an array of words",
    label: "an array of labels",
    token: `an array of token numbers${below}`,
  };
  return several[field.reading];
}

function describeNumbers(shape: readonly (number | string)[], isSequence: boolean): string {
  const [first, ...others] = shape;
  if (first === undefined) return isSequence ? "an array of numbers" : "a number";
  const value = `${first} numbers`;
  if (others.length === 0) return isSequence ? `an array of arrays of ${value}` : `an array of ${value}`;
  const block = `[${shape.join(", ")}] of numbers`;
  return isSequence ? `an array of arrays ${block}` : `an array ${block}`;
}

/** Whether the value is text that is split into tokens. */
export function isSegmented(field: FieldSpec): boolean {
  return field.kind === "token" && field.time !== null && (field.reading === "char" || field.reading === "word");
}

/** Sequences by their time, in the order of the fields. */
export function timesOf(fields: readonly FieldSpec[]): ReadonlyMap<string, readonly FieldSpec[]> {
  const times = new Map<string, readonly FieldSpec[]>();
  for (const field of fields) {
    if (field.time !== null) times.set(field.time, [...(times.get(field.time) ?? []), field]);
  }
  return times;
}

/** The number of tokens that a batch appends to sequences along `time`. */
export function appendedTo(fields: readonly FieldSpec[], time: string): number {
  return fields.some((field) => field.time === time && field.kind === "token" && field.end) ? 1 : 0;
}
