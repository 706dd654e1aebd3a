// Files of a test: bytes in memory behind a name, with a count of what was read of them.
import { expect } from "vitest";
import type { ByteSource } from "../../src/data/bytes.ts";
import type { FieldSpec, NumberField, TokenField } from "../../src/data/field.ts";
import { Rows, type RowOptions } from "../../src/data/rows.ts";
import { rowsInFile } from "../../src/data/row-file.ts";

export interface CountingSource extends ByteSource {
  /** The most bytes that one read gave. */
  readonly largest: number;
  /** Bytes given by all reads. */
  readonly total: number;
}

export function sourceOf(name: string, content: string | Uint8Array): CountingSource {
  const bytes = Buffer.from(content);
  let [largest, total] = [0, 0];
  return {
    name,
    size: bytes.length,
    read(offset, length) {
      const part = Buffer.from(bytes.subarray(offset, offset + length));
      largest = Math.max(largest, part.length);
      total += part.length;
      return part;
    },
    close: () => {},
    get largest() {
      return largest;
    },
    get total() {
      return total;
    },
  };
}

export function jsonLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

export function tokens(
  name: string,
  reading: TokenField["reading"],
  more: Partial<Omit<TokenField, "kind">> = {},
): TokenField {
  const time = reading === "label" ? null : `T.${name}`;
  const plain = { required: true, time, ahead: [], vocabulary: name, most: null, start: false, end: false };
  return { kind: "token", name, reading, ...plain, ...more };
}

export function numbers(
  name: string,
  shape: NumberField["shape"],
  more: Partial<Omit<NumberField, "kind">> = {},
): NumberField {
  return { kind: "number", name, required: true, time: null, ahead: [], shape, ...more };
}

export function rowsOf(rows: readonly unknown[], fields: readonly FieldSpec[], options: RowOptions = {}): Rows {
  return new Rows(rowsInFile(sourceOf("data.jsonl", jsonLines(rows))), fields, options);
}

/** The message of the error that it throws. */
export function problem(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return expect.fail("this should have been refused");
}
