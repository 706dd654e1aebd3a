// Files of data, for Node: the entry for browsers does not have this.
import { fileData } from "../data/data-file.ts";
import { DataFile } from "./data.ts";
import { mustBe } from "./options.ts";

/**
 * A file of data for `fit`, `evaluate` and `predict`: rows where its name ends in `.jsonl`, `.ndjson` or `.csv`, else one running text. It is
 * read in pieces, and so may be larger than memory. What is wrong with it is a `UserError` of the call that takes it.
 */
export function dataFile(path: string): DataFile {
  if (typeof path !== "string" || path === "") throw mustBe("what `dataFile` is given", path, "the path of a file");
  return new DataFile(fileData(path));
}
