// Rows in a file of JSON Lines or CSV, which are read by offset: the file may be larger than memory.
import { textOf, type ByteSource } from "./bytes.ts";
import { wrong, type Wrong } from "./field-value.ts";
import type { RawRow } from "./raw-row.ts";
import { recordsOf } from "./records.ts";
import { formatOf } from "./row-format.ts";
import type { FoundRow, RowOrigin } from "./row-origin.ts";

/** Throws a UserError if the file is not one of rows, by its name or its first line. */
export function rowsInFile(source: ByteSource): RowOrigin {
  const format = formatOf(source);
  const rawOf = (bytes: Buffer): RawRow | Wrong => {
    const text = textOf(bytes);
    return text === undefined ? wrong("this row is not UTF-8") : format.parse(text);
  };
  return {
    name: source.name,
    kind: "file",
    columns: format.columns,
    *all(piece): Generator<FoundRow> {
      const { ends, newline, head } = format;
      let before = head;
      for (const { bytes, offset, size, line } of recordsOf(source, {
        ends,
        newline,
        ...(piece !== undefined && { piece }),
      })) {
        if (before > 0) before -= 1;
        else yield { offset, size, line, raw: rawOf(bytes) };
      }
    },
    read: ({ offset, size }) => rawOf(source.read(offset, size)),
    placeOf: (line) => `${source.name}:${line}`,
    nearPlaceOf: (line) => `line ${line}`,
    close: () => source.close(),
  };
}
