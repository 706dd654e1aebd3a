// Files, read and written whole: a reader sees the old or the new, never a part.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../base/diagnostic.ts";

/**
 * Writes through a temporary file in the same folder; makes the folder. A file that was there hands on its permissions.
 * Throws a UserError where the path cannot be written.
 */
export function writeAtomically(path: string, content: Uint8Array | string): void {
  try {
    write(path, content);
  } catch (problem) {
    if (!(problem instanceof Error && "code" in problem)) throw problem;
    throw new UserError(`${path}: it cannot be written (${String(problem.code)})`);
  }
}

function write(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(dirname(path), partName());
  const file = openSync(temporary, "w", statSync(path, { throwIfNoEntry: false })?.mode ?? 0o666);
  try {
    const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

function partName(): string {
  return `.${process.pid}.${Date.now()}.part`;
}

/** Clears away what processes that are no more had begun to write in a folder. */
export function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const owner = /^\.(\d+)\.\d+\.part$/.exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) rmSync(join(folder, name), { force: true });
  }
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (problem) {
    // There, but another user's.
    return problem instanceof Error && "code" in problem && problem.code === "EPERM";
  }
}

/** Throws a UserError that says what is wrong with the path. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (problem) {
    throw new UserError(`${path}: ${whyUnreadable(problem)}`);
  }
}

/** What a failure to open or read a file means. */
export function whyUnreadable(problem: unknown): string {
  const code = problem instanceof Error && "code" in problem ? problem.code : "";
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file";
  return code === "EISDIR" ? "that is a folder" : `it cannot be read (${String(code)})`;
}

/** A file of strict UTF-8. */
export function readText(path: string): string {
  const bytes = readBytes(path);
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new UserError(`${path}:${wrongLine(bytes)}: this is not UTF-8 text: save the file in that encoding`);
  }
}

/** The first line, from 1, that is no UTF-8. A line end is one byte of UTF-8 and stands in no other character. */
function wrongLine(bytes: Uint8Array): number {
  for (let line = 1, start = 0; ; line++) {
    const found = bytes.indexOf(LINE_END, start);
    const end = found < 0 ? bytes.length : found;
    try {
      UTF8.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    if (found < 0) return line;
    start = end + 1;
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });
const LINE_END = 10;
