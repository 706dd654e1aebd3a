// One field of one row: checks what stands there against its FieldSpec, and gives symbols, token ids or numbers.
import { describeField, type FieldSpec, type NumberField, type TokenField } from "./field.ts";
import { segment } from "./vocabulary.ts";

/** `steps` is the length in time; 1 for one value a row. */
export type FieldValue =
  | { readonly kind: "symbols"; readonly symbols: readonly string[]; readonly steps: number }
  | { readonly kind: "ids"; readonly ids: readonly number[]; readonly steps: number }
  | { readonly kind: "numbers"; readonly numbers: readonly number[]; readonly steps: number };

/** What is wrong, in one line. */
export interface Wrong {
  readonly kind: "wrong";
  readonly text: string;
}

export function wrong(text: string): Wrong {
  return { kind: "wrong", text };
}

/** The sizes that names stand for, and the line that first said so; rows bind those that are open. */
export interface SizeBook {
  readonly sizes: Map<string, { readonly size: number; readonly by: string }>;
  /** Who binds names now, as `line 12`. */
  readonly by: string;
}

/** `raw` is what JSON gave. Names of sizes that `book` lacks are bound in it. */
export function takeField(field: FieldSpec, raw: unknown, book: SizeBook): FieldValue | Wrong {
  return field.kind === "number" ? takeNumbers(field, raw, book) : takeTokens(field, raw);
}

function mismatch(field: FieldSpec, raw: unknown, place = field.name, expected = describeField(field)): Wrong {
  return wrong(`\`${place}\`: expected ${expected}, found ${show(raw)}`);
}

function takeTokens(field: TokenField, raw: unknown): FieldValue | Wrong {
  if (field.time !== null && typeof raw === "string" && (field.reading === "char" || field.reading === "word")) {
    const symbols = [...segment(field.reading, raw)];
    return { kind: "symbols", symbols, steps: symbols.length };
  }
  if (field.time !== null && !Array.isArray(raw)) return mismatch(field, raw);
  const values: readonly unknown[] = field.time === null ? [raw] : Array.isArray(raw) ? raw : [];
  const steps = values.length;
  const placeOf = (index: number): string => (field.time === null ? field.name : `${field.name}[${index}]`);
  if (field.reading === "token") {
    const ids: number[] = [];
    for (const [index, value] of values.entries()) {
      if (!isId(value, field.most)) return mismatch(field, value, placeOf(index), describeOne(field));
      ids.push(value);
    }
    return { kind: "ids", ids, steps };
  }
  const symbols: string[] = [];
  for (const [index, value] of values.entries()) {
    const symbol = symbolOf(field, value);
    if (symbol === undefined) return mismatch(field, value, placeOf(index), describeOne(field));
    symbols.push(symbol);
  }
  return { kind: "symbols", symbols, steps };
}

function describeOne(field: TokenField): string {
  return describeField({ ...field, time: null });
}

/** Ids fit into 31 bits. */
function isId(value: unknown, most: number | null): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < (most ?? 2 ** 31);
}

/** A label may be any text, number or truth value; a single `char` is one code point. */
function symbolOf(field: TokenField, value: unknown): string | undefined {
  if (typeof value === "string") {
    const isOne = field.reading !== "char" || field.time !== null || [...value].length === 1;
    return isOne ? value : undefined;
  }
  if (field.reading !== "label") return undefined;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function takeNumbers(field: NumberField, raw: unknown, book: SizeBook): FieldValue | Wrong {
  const numbers: number[] = [];
  const { time } = field;
  const take = (value: unknown, depth: number, place: string): Wrong | undefined => {
    const size = field.shape[depth];
    const rest: NumberField = { ...field, time: null, shape: field.shape.slice(depth) };
    if (size === undefined) {
      const number = numberOf(value);
      if (number === undefined) return mismatch(field, value, place, "a number");
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
  const problem = takeAll(values, (value, index) =>
    take(value, 0, time === null ? field.name : `${field.name}[${index}]`),
  );
  return problem ?? { kind: "numbers", numbers, steps: values.length };
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

/** A number that float32 can hold; truth values are 1 and 0. */
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

/** A value as a message shows it, cut where it is long. */
function show(raw: unknown): string {
  if (raw === null) return "null";
  const text = JSON.stringify(raw) ?? String(raw);
  return text.length > SHOWN ? `${[...text].slice(0, SHOWN).join("")}…` : text;
}
