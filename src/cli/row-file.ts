// Writes rows of results, one at a time, to standard output or into a file, which is complete or not there.
import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../base/diagnostic.ts";
import { makeFolder, whyUnwritable } from "../files/files.ts";
import { csvLine, lineOf, type Line } from "./row-lines.ts";

/** Takes rows in order. */
interface RowSink {
  put(line: Line): void;
  /** All rows are written. */
  end(): void;
  /** Something failed: nothing is left. */
  drop(): void;
}

const FORMATS = new Map([
  [".jsonl", (): ((line: Line) => readonly string[]) => (line) => [lineOf(line)]],
  [".csv", csvLines],
]);

/**
 * Writes the rows as they come, and returns their number. Without a path, they go to standard output as lines of JSON. Rejects with a
 * UserError for a name with another ending, before the first row is asked for, and for a file that cannot be written.
 */
export async function writeRows(path: string | undefined, rows: AsyncIterable<Line> | Iterable<Line>): Promise<number> {
  const sink = rowSink(path);
  let count = 0;
  try {
    for await (const row of rows) {
      sink.put(row);
      count += 1;
    }
  } catch (problem) {
    sink.drop();
    throw problem;
  }
  sink.end();
  return count;
}

function rowSink(path: string | undefined): RowSink {
  if (path === undefined)
    return { put: (line) => void process.stdout.write(`${lineOf(line)}\n`), end: () => {}, drop: () => {} };
  const format = FORMATS.get(/\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? "");
  if (format === undefined)
    throw new UserError(
      `${path}: rows are written as JSON Lines (.jsonl) or CSV (.csv): give the file one of these names`,
    );
  const lines = format();
  const temporary = `${path}.${process.pid}.part`;
  const file = orUserError(path, () => {
    makeFolder(dirname(path));
    return openSync(temporary, "w");
  });
  return {
    put: (line) => orUserError(path, () => lines(line).forEach((each) => writeAll(file, `${each}\n`))),
    end: () =>
      orUserError(path, () => {
        closeSync(file);
        renameSync(temporary, path);
      }),
    drop: () => {
      closeSync(file);
      rmSync(temporary, { force: true });
    },
  };
}

/** The first line names the columns, which are those of the first row. */
function csvLines(): (line: Line) => readonly string[] {
  let columns: readonly string[] | null = null;
  return (line) => {
    const head = columns === null ? [csvLine(Object.keys(line))] : [];
    columns ??= Object.keys(line);
    return [...head, csvLine(columns.map((name) => line[name]))];
  };
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

function orUserError<R>(path: string, work: () => R): R {
  try {
    return work();
  } catch (problem) {
    if (!(problem instanceof Error && "code" in problem)) throw problem;
    throw new UserError(`${path}: ${whyUnwritable(problem)}`);
  }
}
