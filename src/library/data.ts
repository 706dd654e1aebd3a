// Data as a user gives them: an array of rows, a running text, or a file that was named by `dataFile`. Rows are read once, here.
import { UserError } from "../base/diagnostic.ts";
import { rowData, textData, type DataSource } from "../data/data-source.ts";
import type { PlainRow } from "../data/row-array.ts";
import { isView } from "./given.ts";
import { isPlain } from "./options.ts";
import { reading, shown } from "./shown.ts";
import type { Data, DataRow } from "./types-training.ts";

/** A file of data, as `dataFile` gives it. */
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

/** `name`: the option under which it was given. Throws a UserError for what is none of these. */
export function dataGiven(data: Data, name: string): DataSource {
  return reading(`\`${name}\``, () => {
    if (data instanceof DataFile) return DataFile.sourceOf(data);
    if (typeof data === "string") {
      if (isPath(data)) throw namesFile(data, name);
      return textData(data, name);
    }
    if (!isList(data))
      throw new UserError(
        `\`${name}\` must be an array of rows, a text or a \`dataFile\`, but ${shown(data)} was given`,
      );
    return rowData(plainRows(data, name), name);
  });
}

/** As `dataGiven`, for rows only. */
export function rowsGiven(rows: readonly DataRow[], name: string): readonly PlainRow[] {
  return reading(`\`${name}\``, () => {
    if (!isList(rows)) throw new UserError(`\`${name}\` must be an array of rows, but ${shown(rows)} was given`);
    return plainRows(rows, name);
  });
}

function plainRows(rows: readonly unknown[], name: string): readonly PlainRow[] {
  return Array.from(rows, (row, index) => plainRow(row, `${name}[${index}]`));
}

function isList(data: unknown): data is readonly unknown[] {
  return Array.isArray(data);
}

/** One word that ends as files of data do: nothing could be learned from it. */
function isPath(text: string): boolean {
  return /^\S+\.(?:txt|jsonl|ndjson|csv)$/.test(text);
}

function namesFile(path: string, name: string): UserError {
  return new UserError(
    `\`${name}\` is a text, ${shown(path)}, which looks like the name of a file: in Node, \`dataFile(${shown(path)})\` reads one`,
  );
}

function plainRow(row: unknown, place: string): PlainRow {
  if (!isPlain(row))
    throw new UserError(`\`${place}\` must be an object such as \`{ name: … }\`, but it is ${shown(row)}`);
  return new Map(
    Object.entries(row).map(([field, value]) => [field, plainValue(value, `${place}.${field}`, MOST_AXES)]),
  );
}

/** Deeper arrays are a mistake, or hold themselves. */
const MOST_AXES = 16;

/** What JSON could hold, copied, so that what the user changes later changes no training. */
function plainValue(value: unknown, place: string, depth: number): unknown {
  if (isView(value)) return Array.from(value);
  if (isList(value)) {
    if (depth === 0) throw new UserError(`\`${place}\` is an array in more than ${MOST_AXES} arrays`);
    return Array.from(value, (each) => plainValue(each, place, depth - 1));
  }
  if (value === null || value === undefined || ["string", "number", "boolean"].includes(typeof value)) return value;
  throw new UserError(
    `\`${place}\` holds ${shown(value)}, but a row has texts, numbers, true or false, null, and arrays of these`,
  );
}
