// Reads the data of a user: an array of rows, a running text, or a file from `dataFile`. Rows are copied here, once.
import { UserError } from "../base/diagnostic.ts";
import { rowData, textData, type DataSource } from "../data/data-source.ts";
import type { PlainRow } from "../data/row-array.ts";
import { isView } from "./given.ts";
import { isPlainObject } from "./options.ts";
import { readSafely, describeValue } from "./describe-value.ts";
import type { Data, DataRow } from "./types-training.ts";

/** A file of data; `dataFile` creates it. */
export class DataFile {
  readonly path: string;
  readonly #source: DataSource;

  constructor(source: DataSource) {
    this.path = source.name;
    this.#source = source;
  }

  /** For the library itself. */
  static sourceOf(file: DataFile): DataSource {
    return file.#source;
  }
}

/** `name` is the option that has the data. Throws a UserError for any other value. */
export function readData(data: Data, name: string): DataSource {
  return readSafely(`\`${name}\``, () => {
    if (data instanceof DataFile) return DataFile.sourceOf(data);
    if (typeof data === "string") {
      if (isPath(data)) throw namesFile(data, name);
      return textData(data, name);
    }
    if (!isList(data))
      throw new UserError(
        `\`${name}\` must be an array of rows, a text or a \`dataFile\`, but ${describeValue(data)} was given`,
      );
    return rowData(plainRows(data, name), name);
  });
}

/** As `dataGiven`, for rows only. */
export function readRows(rows: readonly DataRow[], name: string): readonly PlainRow[] {
  return readSafely(`\`${name}\``, () => {
    if (!isList(rows))
      throw new UserError(`\`${name}\` must be an array of rows, but ${describeValue(rows)} was given`);
    return plainRows(rows, name);
  });
}

function plainRows(rows: readonly unknown[], name: string): readonly PlainRow[] {
  return Array.from(rows, (row, index) => plainRow(row, `${name}[${index}]`));
}

function isList(data: unknown): data is readonly unknown[] {
  return Array.isArray(data);
}

/** Whether a text is one word that ends like the name of a file. Nothing could be learned from such a text. */
function isPath(text: string): boolean {
  return /^\S+\.(?:txt|jsonl|ndjson|csv|tsv)(?:\.gz)?$/.test(text);
}

function namesFile(path: string, name: string): UserError {
  return new UserError(
    `\`${name}\` is a text, ${describeValue(path)}, which looks like the name of a file: in Node, \`dataFile(${describeValue(path)})\` reads it`,
  );
}

function plainRow(row: unknown, place: string): PlainRow {
  if (!isPlainObject(row))
    throw new UserError(`\`${place}\` must be an object such as \`{ name: … }\`, but it is ${describeValue(row)}`);
  return new Map(
    Object.entries(row).map(([field, value]) => [field, plainValue(value, `${place}.${field}`, MAX_AXES)]),
  );
}

/** Deeper arrays are a mistake, or contain themselves. */
const MAX_AXES = 16;

/** A copy of a value that JSON can hold, so that later changes by the user have no effect. */
function plainValue(value: unknown, place: string, depth: number): unknown {
  if (isView(value)) return Array.from(value);
  if (isList(value)) {
    if (depth === 0) throw new UserError(`\`${place}\` is an array in more than ${MAX_AXES} arrays`);
    return Array.from(value, (each) => plainValue(each, place, depth - 1));
  }
  if (value === null || value === undefined || ["string", "number", "boolean"].includes(typeof value)) return value;
  throw new UserError(
    `\`${place}\` holds ${describeValue(value)}, but a row has texts, numbers, true or false, null, and arrays of these`,
  );
}
