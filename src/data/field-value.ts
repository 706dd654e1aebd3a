// Checks one field of one row against its FieldSpec, and returns symbols, token ids or numbers.
import { isWithin, rangeText } from "../base/target-range.ts";
import { describeField, type FieldSpec, type NumberField, type TokenField } from "./field.ts";
import { segment } from "./vocabulary.ts";

export type FieldValue = (
  | { readonly kind: "symbols"; readonly symbols: readonly string[] }
  | { readonly kind: "ids"; readonly ids: readonly number[] }
  | { readonly kind: "numbers"; readonly numbers: readonly number[] }
) & {
  /** The length in time; 1 for one value a row. */
  readonly steps: number;
  /** Steps that are `null`, whose values must be ignored. Absent if there are none. */
  readonly lacking?: ReadonlySet<number>;
};

/** An error, in one line. */
export interface Wrong {
  readonly kind: "wrong";
  readonly text: string;
}

export function wrong(text: string): Wrong {
  return { kind: "wrong", text };
}

/** Sizes by name, with the line that bound each name first. */
export interface SizeBook {
  readonly sizes: Map<string, { readonly size: number; readonly by: string }>;
  /** The row that binds names now, such as `line 12`. */
  readonly by: string;
}

/** `raw` is a value of JSON. Names of sizes that `book` does not have are added to it. */
export function takeField(field: FieldSpec, raw: unknown, book: SizeBook): FieldValue | Wrong {
  return field.kind === "number" ? takeNumbers(field, raw, book) : takeTokens(field, raw);
}

function mismatch(field: FieldSpec, raw: unknown, place = field.name, expected = describeField(field)): Wrong {
  return wrong(`\`${place}\`: expected ${expected}, found ${show(raw)}`);
}

/** A sequence of labels is an array; a single string is the usual mistake. */
function helpForLabels({ reading }: TokenField, raw: unknown): string {
  if (reading !== "label" || typeof raw !== "string") return "";
  return `; write one label for each step, such as ${show(raw.trim().split(/\s+/))}`;
}

function takeTokens(field: TokenField, raw: unknown): FieldValue | Wrong {
  if (field.time !== null && typeof raw === "string" && (field.reading === "char" || field.reading === "word")) {
    const symbols = [...segment(field.reading, raw)];
    return { kind: "symbols", symbols, steps: symbols.length };
  }
  if (field.time !== null && !Array.isArray(raw)) {
    const { text } = mismatch(field, raw);
    return wrong(text + helpForLabels(field, raw));
  }
  const values: readonly unknown[] = field.time === null ? [raw] : Array.isArray(raw) ? raw : [];
  const steps = values.length;
  const lacking = lackingIn(field, values);
  const placeOf = (index: number): string => (field.time === null ? field.name : `${field.name}[${index}]`);
  if (field.reading === "token") {
    const ids: number[] = [];
    for (const [index, given] of values.entries()) {
      const value = lacking.has(index) ? 0 : given;
      if (!isId(value, field.most)) return mismatch(field, value, placeOf(index), describeOne(field));
      ids.push(value);
    }
    return { kind: "ids", ids, steps, ...(lacking.size > 0 && { lacking }) };
  }
  const symbols: string[] = [];
  for (const [index, value] of values.entries()) {
    const symbol = lacking.has(index) ? "" : symbolOf(field, value);
    if (symbol === undefined) return mismatch(field, value, placeOf(index), describeOne(field));
    symbols.push(symbol);
  }
  return { kind: "symbols", symbols, steps, ...(lacking.size > 0 && { lacking }) };
}

function lackingIn({ mayLack }: FieldSpec, values: readonly unknown[]): ReadonlySet<number> {
  return new Set(mayLack === true ? values.flatMap((value, index) => (value === null ? [index] : [])) : []);
}

function describeOne(field: TokenField): string {
  return describeField({ ...field, time: null });
}

/** Ids fit into 31 bits. */
function isId(value: unknown, most: number | null): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < (most ?? 2 ** 31);
}

/** A label may be a string, a number or a boolean. A single `char` is one code point. */
function symbolOf(field: TokenField, value: unknown): string | undefined {
  if (typeof value === "string") {
    const isOne = field.reading !== "char" || field.time !== null || [...value].length === 1;
    return isOne ? value : undefined;
  }
  if (field.reading !== "label") return undefined;
  // A larger whole number may have been rounded when it was read.
  return Number.isSafeInteger(value) || typeof value === "boolean" || isFraction(value) ? String(value) : undefined;
}

function isFraction(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && !Number.isInteger(value);
}

function takeNumbers(field: NumberField, raw: unknown, book: SizeBook): FieldValue | Wrong {
  let numbers: number[] = [];
  const { time } = field;
  const take = (value: unknown, depth: number, place: string): Wrong | undefined => {
    const size = field.shape[depth];
    const rest: NumberField = { ...field, time: null, shape: field.shape.slice(depth) };
    if (size === undefined) {
      const number = numberOf(value);
      if (number === undefined) return mismatch(field, value, place, "a number");
      const range = field.ranges?.find((each) => !isWithin(number, each));
      if (range !== undefined)
        return mismatch(field, value, place, `a number ${rangeText(range)} (it is predicted \`by ${range.by}\`)`);
      numbers.push(number);
      return undefined;
    }
    if (!Array.isArray(value)) return mismatch(field, value, place, describeField(rest));
    const problem = bindSize(size, value.length, book, place);
    if (problem !== undefined) return problem;
    return takeAll(value, (each, index) => take(each, depth + 1, `${place}[${index}]`));
  };
  if (time !== null && !Array.isArray(raw)) return mismatch(field, raw);
  const values: readonly unknown[] = time === null ? [raw] : Array.isArray(raw) ? raw : [];
  const lacking = lackingIn(field, values);
  const all: number[][] = [];
  const problem = takeAll(values, (value, index) => {
    numbers = [];
    all.push(numbers);
    return lacking.has(index) ? undefined : take(value, 0, time === null ? field.name : `${field.name}[${index}]`);
  });
  if (problem !== undefined) return problem;
  const width = all.find((_, index) => !lacking.has(index))?.length ?? 0;
  const whole = all.flatMap((each, index) => (lacking.has(index) ? Array.from({ length: width }, () => 0) : each));
  return { kind: "numbers", numbers: whole, steps: values.length, ...(lacking.size > 0 && { lacking }) };
}

function takeAll(
  values: readonly unknown[],
  take: (value: unknown, index: number) => Wrong | undefined,
): Wrong | undefined {
  for (const [index, value] of values.entries()) {
    const problem = take(value, index);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const LARGEST = 3.4028234663852886e38;

/** A number in the range of float32; booleans are 1 and 0. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" && Math.abs(value) <= LARGEST ? value : undefined;
}

function bindSize(size: number | string, found: number, book: SizeBook, place: string): Wrong | undefined {
  if (typeof size === "number") {
    return size === found ? undefined : wrong(`\`${place}\`: expected ${count(size)}, found ${found}`);
  }
  const known = book.sizes.get(size);
  if (known === undefined) book.sizes.set(size, { size: found, by: book.by });
  else if (known.size !== found) {
    const why = known.by === book.by ? "as before it in this row" : `as in ${known.by}`;
    return wrong(`\`${place}\`: expected ${count(known.size)} (${size}, ${why}), found ${found}`);
  }
  return undefined;
}

function count(size: number): string {
  return size === 1 ? "1 element" : `${size} elements`;
}

const SHOWN = 40;

/** A value for a message, cut if it is long. */
function show(raw: unknown): string {
  if (raw === null || Number.isNaN(raw)) return String(raw);
  if (typeof raw === "number" && Math.abs(raw) > LARGEST)
    return `${Number.isFinite(raw) ? raw : "a number beyond 1.8e308"}, which is too large: at most 3.4e38`;
  const text = JSON.stringify(raw) ?? String(raw);
  return text.length > SHOWN ? `${[...text].slice(0, SHOWN).join("")}…` : text;
}
