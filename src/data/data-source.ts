// Data before a model reads them: rows or a running text, in memory or in a file.
import { UserError } from "../base/diagnostic.ts";
import { rowsInArray, type PlainRow } from "./row-array.ts";
import type { RowOrigin, RowRequest } from "./row-origin.ts";
import type { RunningText, TextKind } from "./running-text.ts";
import { TextInMemory } from "./text-memory.ts";

/** One long running text, or rows with fields, each row with its own length. */
export type Layout = "text" | "rows";

/** The rows that get the vectors. */
export interface VectorRows {
  /** In messages. */
  readonly table: string;
  readonly width: number;
}

export interface DataSource {
  /** The name in messages: a path, or the name of an option. */
  readonly name: string;
  /** The layout of the data. */
  readonly layout: Layout;
  /** Opens the data as rows. Throws a UserError if they are not rows. */
  rows(request?: RowRequest): RowOrigin;
  /** Opens the data as a running text. Throws a UserError if they are not one. */
  text(kind: TextKind): RunningText;
  /**
   * For a file: the vectors of the words of `wanted` that it has, as long as the rows. Throws a UserError if it is not a file of such
   * vectors.
   */
  vectors?(wanted: ReadonlySet<string>, rows: VectorRows): ReadonlyMap<string, Float32Array>;
}

/** Rows in memory; `name` is their name in messages. */
export function rowData(rows: readonly PlainRow[], name: string): DataSource {
  return {
    name,
    layout: "rows",
    rows: () => rowsInArray(rows, name),
    text: () => {
      throw new UserError(`${name}: this model reads a running text, but rows were given`);
    },
  };
}

/** A text in memory; `name` is its name in messages. */
export function textData(text: string, name: string): DataSource {
  return {
    name,
    layout: "text",
    rows: () => {
      throw new UserError(`${name}: this model reads rows, but a text was given`);
    },
    text: (kind) => {
      if (text === "") throw new UserError(`${name}: this text is empty`);
      return new TextInMemory(text, kind, name);
    },
  };
}
