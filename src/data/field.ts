// What a model asks of each row of data, as plain data: names, kinds and shapes. Nothing here knows the compiler.

interface Common {
  /** Its key in a JSON row, its column in CSV. */
  readonly name: string;
  /** A field that is not required stands in all rows or in none. */
  readonly required: boolean;
  /** The time along which it runs, or null for one value a row. Fields of one time have equal lengths in each row. */
  readonly time: string | null;
  /** Whether `null` may stand for its value at a step, or for that of a row: a target that nothing reads. */
  readonly mayLack?: boolean;
  /** For each k here a batch also has `NAME[t+k]`, the sequence moved k steps to the left. */
  readonly ahead: readonly number[];
}

/** Tokens: characters, words, whole labels, or numbers that are token ids already. */
export interface TokenField extends Common {
  readonly kind: "token";
  readonly reading: "char" | "word" | "label" | "token";
  /** Fields that name the same vocabulary share it. For `token` it is the name of its size. */
  readonly vocabulary: string;
  /** How many tokens the model has room for, or null where the data decide. */
  readonly most: number | null;
  /** Whether its vocabulary has a start token. */
  readonly start: boolean;
  /** Whether an end token is appended to each sequence. */
  readonly end: boolean;
}

/** Numbers; a size that is a name is what the first row says, and the same in all rows. */
export interface NumberField extends Common {
  readonly kind: "number";
  /** Of the value at one step. */
  readonly shape: readonly (number | string)[];
  /** Whether its numbers are probabilities, from 0 to 1. */
  readonly isProbability?: boolean;
}

export type FieldSpec = TokenField | NumberField;

/** What belongs in the field, for messages: `an array of 2 numbers`. */
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

/** Whether the value is text that is cut into tokens. */
export function isSegmented(field: FieldSpec): boolean {
  return field.kind === "token" && field.time !== null && (field.reading === "char" || field.reading === "word");
}

/** Fields by the time along which they run, in the order of the fields. */
export function timesOf(fields: readonly FieldSpec[]): ReadonlyMap<string, readonly FieldSpec[]> {
  const times = new Map<string, readonly FieldSpec[]>();
  for (const field of fields) {
    if (field.time !== null) times.set(field.time, [...(times.get(field.time) ?? []), field]);
  }
  return times;
}

/** How many tokens a batch appends to sequences along `time`. */
export function appendedTo(fields: readonly FieldSpec[], time: string): number {
  return fields.some((field) => field.time === time && field.kind === "token" && field.end) ? 1 : 0;
}
