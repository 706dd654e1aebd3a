// The two formats of rows, JSON Lines and CSV, behind one interface. The name of the file says which; `.gz` may stand behind it.
import { UserError } from "../base/diagnostic.ts";
import type { ByteSource } from "./bytes.ts";
import { csvFormat } from "./csv.ts";
import { wrong, type Wrong } from "./field-value.ts";
import { TWICE, type RawRow } from "./raw-row.ts";
import type { RecordEnds } from "./records.ts";

export interface RowFormat {
  readonly ends: RecordEnds;
  /** The byte that ends a line. */
  readonly newline: number;
  /** The number of records before the rows. */
  readonly head: number;
  /** The names of columns, or null if each row has its own names. */
  readonly columns: readonly string[] | null;
  parse(record: string): RawRow | Wrong;
}

/** What the name of the file ends with, without the `.gz` of a packed one. */
function endingOf(path: string): string {
  return /(\.[^./\\]*?)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? "";
}

/** Whether the file has rows, by its name. Any other file is a running text. */
export function isRowFile(path: string): boolean {
  return [".jsonl", ".ndjson", ".csv", ".tsv"].includes(endingOf(path));
}

/** By the extension of the file. Throws a UserError for another extension. */
export function formatOf(source: ByteSource): RowFormat {
  const ending = endingOf(source.name);
  if (ending === ".jsonl" || ending === ".ndjson") return JSON_LINES;
  if (ending === ".csv") return csvFormat(source);
  if (ending === ".tsv") return csvFormat(source, "\t");
  throw new UserError(`${source.name}: rows are read from JSON Lines (.jsonl) or CSV (.csv, .tsv)`);
}

const JSON_LINES: RowFormat = {
  ends: "lines",
  newline: 10,
  head: 0,
  columns: null,
  parse(record) {
    const value = parsed(record);
    if (value === undefined) return wrong("this line is not JSON");
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return wrong('expected an object such as {"name": …}');
    }
    return ({ name }) => {
      if (!Object.hasOwn(value, name)) return undefined;
      return isTwice(record, name) ? TWICE : Reflect.get(value, name);
    };
  },
};

/** Whether the row's object has the key more than once, of which JSON keeps the last. A key whose name is written by `\\u` is not found. */
function isTwice(record: string, name: string): boolean {
  const key = JSON.stringify(name);
  const first = record.indexOf(key);
  if (first < 0 || record.indexOf(key, first + key.length) < 0) return false;
  return keysOf(record).filter((each) => each === key).length > 1;
}

/** The keys of the outermost object as they are written. The text is valid JSON. */
function keysOf(record: string): readonly string[] {
  const keys: string[] = [];
  let depth = 0;
  let last = "";
  for (const [token] of record.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === ":" && depth === 1) keys.push(last);
    else if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    last = token;
  }
  return keys;
}

/** Undefined if the text is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
