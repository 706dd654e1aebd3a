// Data in a file: its name says whether it holds rows (JSON Lines, CSV) or one running text. It may be larger than memory.
import { UserError } from "../base/diagnostic.ts";
import type { DataSource } from "./data-source.ts";
import { openBytes } from "./open-bytes.ts";
import { rowsInFile } from "./row-file.ts";
import { isRowFile } from "./row-format.ts";
import { TextFile } from "./text-file.ts";

/** The file is opened when its rows or its text are asked for; what is wrong with the path is a UserError then. */
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
  };
}
