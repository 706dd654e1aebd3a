// Rows before they are checked: a file or an array of objects, behind one interface.
import type { Wrong } from "./field-value.ts";
import type { RawRow } from "./raw-row.ts";

/** Where a row stands, in three numbers, so that millions of them can be kept. */
export interface RowPlace {
  /** In a file the first byte, in an array the index. */
  readonly offset: number;
  /** In a file how many bytes, in an array 1. */
  readonly size: number;
  /** In a file the line from 1, in an array the index. */
  readonly line: number;
}

export interface FoundRow extends RowPlace {
  readonly raw: RawRow | Wrong;
}

export interface RowOrigin {
  /** As messages name it: the path of a file, `data` for an array. */
  readonly name: string;
  readonly kind: "file" | "array";
  /** The names that every row has, or null where each row has its own. */
  readonly columns: readonly string[] | null;
  /** All rows in order. `piece`: how many bytes of a file are read at once. */
  all(piece?: number): Iterable<FoundRow>;
  /** One row again. */
  read(place: RowPlace): RawRow | Wrong;
  /** A row's place in a message: `rows.jsonl:12`, `data[11]`. */
  placeOf(line: number): string;
  /** The same within a message that has named the file already: `line 12`, `data[11]`. */
  nearPlaceOf(line: number): string;
  close(): void;
}
