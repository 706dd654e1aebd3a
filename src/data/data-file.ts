// Data in a file: rows (JSON Lines, CSV) or one running text, by the name of the file. It may be larger than memory.
import { UserError } from "../base/diagnostic.ts";
import type { DataSource } from "./data-source.ts";
import { openBytes } from "./open-bytes.ts";
import { rowsInFile } from "./row-file.ts";
import { isRowFile } from "./row-format.ts";
import { TextFile } from "./text-file.ts";
import { wordVectors } from "./word-vectors.ts";

/** The file is opened by `rows`, `text` or `vectors`, which throw a UserError if the path is wrong. */
export function fileData(path: string): DataSource {
  return {
    name: path,
    layout: isRowFile(path) ? "rows" : "text",
    rows: () => {
      const source = openBytes(path);
      try {
        return rowsInFile(source);
      } catch (problem) {
        source.close();
        throw problem;
      }
    },
    text: (kind) => {
      const source = openBytes(path);
      if (source.size === 0) throw new UserError(`${path}: this file is empty`);
      return new TextFile(source, kind);
    },
    vectors: (wanted, rows) => {
      const source = openBytes(path);
      try {
        return wordVectors(source, wanted, rows);
      } finally {
        source.close();
      }
    },
  };
}
