// Files of data, for Node only.
import { fileData } from "../data/data-file.ts";
import { DataFile } from "./data.ts";
import { wrongValue } from "./options.ts";

/**
 * A file of data for `fit`, `evaluate` and `predict`: rows if its name ends in `.jsonl`, `.ndjson`, `.csv` or `.tsv`, otherwise one running
 * text. It is read in pieces, so it may be larger than memory; one that gzip has packed (`.gz`) is unpacked into memory. Errors in the file
 * are UserErrors of the call that reads it.
 */
export function dataFile(path: string): DataFile {
  if (typeof path !== "string" || path === "")
    throw wrongValue("the argument of `dataFile`", path, "the path of a file");
  return new DataFile(fileData(path));
}
