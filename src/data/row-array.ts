// Rows in memory: an array of objects, each like a line of JSON Lines.
import { fail } from "../base/invariant.ts";
import type { RawRow } from "./raw-row.ts";
import type { FoundRow, RowOrigin } from "./row-origin.ts";

/** The values of a row by field: strings, numbers, booleans, `null`, and arrays of them. */
export type PlainRow = ReadonlyMap<string, unknown>;

/** `name`: the array's name in messages, where row 3 is `NAME[3]`. */
export function rowsInArray(rows: readonly PlainRow[], name: string): RowOrigin {
  const rawAt = (index: number): RawRow => {
    const row = rows[index] ?? fail("data", `no row ${index} in ${name}`);
    return (field) => row.get(field.name);
  };
  const placeOf = (index: number): string => `${name}[${index}]`;
  return {
    name,
    kind: "array",
    columns: null,
    *all(): Generator<FoundRow> {
      for (const index of rows.keys()) yield { offset: index, size: 1, line: index, raw: rawAt(index) };
    },
    read: ({ offset }) => rawAt(offset),
    placeOf,
    nearPlaceOf: placeOf,
    close: () => {},
  };
}
