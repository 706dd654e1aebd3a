// Rows before they are checked: a file or an array of objects, behind one interface.
import type { FieldSpec } from "./field.ts";
import type { Wrong } from "./field-value.ts";
import type { RawRow } from "./raw-row.ts";

/** The place of a row in three numbers, so that millions can be kept. */
export interface RowPlace {
  /** In a file the offset of the first byte, in an array the index. */
  readonly offset: number;
  /** In a file the number of bytes, in an array 1. */
  readonly size: number;
  /** In a file the line from 1, in an array the index. */
  readonly line: number;
}

export interface FoundRow extends RowPlace {
  readonly raw: RawRow | Wrong;
}

/** Steps of a window of a series; `isAfter`: `count` steps after it. */
export interface StepCount {
  readonly count: number;
  readonly isAfter: boolean;
}

/** What rows are opened for: needed where they are made of the steps of series. */
export interface RowRequest {
  readonly fields: readonly FieldSpec[];
  /** Times that lie after a window of the series. */
  readonly after: ReadonlySet<string>;
  /** Whether what is predicted lies after a window of the series, so that a window is all that the model reads. */
  readonly readsWindow: boolean;
  /** The share of each series, from its end, that is held out. */
  readonly heldOut: number;
  /** Whether a model is used, which needs no targets: then each series is one row. */
  readonly isForUse: boolean;
}

export interface RowOrigin {
  /** The name in messages: the path of a file, `data` for an array. */
  readonly name: string;
  readonly kind: "file" | "array";
  /** The names of columns, or null if each row has its own names. */
  readonly columns: readonly string[] | null;
  /** All rows in order. `piece`: bytes of a file that are read at once. */
  all(piece?: number): Iterable<FoundRow>;
  /** One row again. */
  read(place: RowPlace): RawRow | Wrong;
  /** A row's place in a message: `rows.jsonl:12`, `data[11]`. */
  placeOf(line: number): string;
  /** The same in a message that names the file elsewhere: `line 12`, `data[11]`. */
  nearPlaceOf(line: number): string;
  /** Of series: the number of rows, from the end, that are held out by time. */
  readonly heldOut?: number;
  /** Lines for the user. */
  readonly about?: readonly string[];
  /** Of series: the names of steps of a row, such as their dates */
  stepsOf?(row: number, steps: StepCount): readonly Readonly<Record<string, string>>[];
  close(): void;
}
