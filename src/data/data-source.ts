// Data before a model says how it reads them: rows or a running text, in memory or in a file.
import { UserError } from "../base/diagnostic.ts";
import { rowsInArray, type PlainRow } from "./row-array.ts";
import type { RowOrigin } from "./row-origin.ts";
import type { RunningText, TextKind } from "./running-text.ts";
import { TextInMemory } from "./text-memory.ts";

/** One long running text, or rows with fields, each of its own length. */
export type Layout = "text" | "rows";

export interface DataSource {
  /** As messages name it: a path, or what it was given as. */
  readonly name: string;
  /** What the data are by themselves. */
  readonly layout: Layout;
  /** Opens them as rows. Throws a UserError where they are none. */
  rows(): RowOrigin;
  /** Opens them as a running text. Throws a UserError where they are none. */
  text(kind: TextKind): RunningText;
}

/** Rows in memory; `name` is what messages call them. */
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

/** A text in memory; `name` is what messages call it. */
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
