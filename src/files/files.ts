// Reads and writes whole files: a reader sees the old content or the new, never a part of it.
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../base/diagnostic.ts";

/**
 * Writes through a temporary file in the same folder, which is created if it is missing. The permissions of an existing file are kept.
 * Throws a UserError if the path cannot be written.
 */
export function writeAtomically(path: string, content: Uint8Array | string): void {
  try {
    write(path, content);
  } catch (problem) {
    if (!(problem instanceof Error && "code" in problem)) throw problem;
    throw new UserError(`${path}: ${whyUnwritable(problem)}`);
  }
}

/** Explains a failure to create or write a file or a folder. */
export function whyUnwritable(problem: unknown): string {
  const code = problem instanceof Error && "code" in problem ? String(problem.code) : String(problem);
  const reason = UNWRITABLE.get(code);
  return `it cannot be written${reason === undefined ? "" : `: ${reason}`} (${code})`;
}

const UNWRITABLE = new Map([
  ["EACCES", "permission is denied"],
  ["EPERM", "permission is denied"],
  ["EROFS", "the disk is read-only"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EEXIST", "there is a file where a folder is needed"],
  ["ENOTDIR", "there is a file where a folder is needed"],
]);

/**
 * Creates a folder and its missing parents. Returns the created folders, parents first. Node's `recursive: true` never returns if an
 * existing folder refuses new ones, as /proc does.
 */
export function makeFolder(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return [];
  const above = dirname(path) === path ? [] : makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (problem) {
    // Another process may have created it at this moment.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw problem;
    return above;
  }
  return [...above, path];
}

function write(path: string, content: Uint8Array | string): void {
  makeFolder(dirname(path));
  const temporary = join(dirname(path), temporaryName());
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

function temporaryName(): string {
  return `.${process.pid}.${Date.now()}.part`;
}

/** Removes the temporary files in a folder whose processes have ended. */
export function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const owner = /^\.(\d+)\.\d+\.part$/.exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) rmSync(join(folder, name), { force: true });
  }
}

export function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (problem) {
    // It runs, but belongs to another user.
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

/** Explains a failure to open or read a file. */
export function whyUnreadable(problem: unknown): string {
  const code = problem instanceof Error && "code" in problem ? problem.code : "";
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file";
  return code === "EISDIR" ? "that is a folder" : `it cannot be read (${String(code)})`;
}

/** Reads a text in strict UTF-8. Throws a UserError that says what is wrong with the path, or that it has more than `maxBytes` bytes. */
export function readText(path: string, maxBytes = Infinity): string {
  return decodeUtf8(maxBytes === Infinity ? readBytes(path) : readAtMost(path, maxBytes, constants.O_RDONLY), path);
}

/** As `readText`, but refuses pipes and devices, which might never end, without waiting for them. */
export function readPlainText(path: string, maxBytes: number): string {
  // Windows has no such flag, and no such files.
  return decodeUtf8(readAtMost(path, maxBytes, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0), refuseSpecial), path);
}

function refuseSpecial(file: number, path: string): void {
  if (!fstatSync(file).isFile()) throw new UserError(`${path}: it is not a plain file`);
}

function readAtMost(
  path: string,
  maxBytes: number,
  flags: number,
  check: (file: number, path: string) => void = () => {},
): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, flags);
    check(file, path);
    const parts: Buffer[] = [];
    for (let read = 0; ;) {
      const part = Buffer.allocUnsafe(PIECE);
      const count = readSync(file, part);
      if (count === 0) return Buffer.concat(parts);
      read += count;
      if (read > maxBytes) throw new UserError(`${path}: it is longer than the limit of ${maxBytes / 2 ** 20} MiB`);
      parts.push(part.subarray(0, count));
    }
  } catch (problem) {
    if (problem instanceof UserError) throw problem;
    throw new UserError(`${path}: ${whyUnreadable(problem)}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const PIECE = 1 << 16;

function decodeUtf8(bytes: Uint8Array, path: string): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new UserError(`${path}:${firstWrongLine(bytes)}: this is not UTF-8 text: save the file in that encoding`);
  }
}

/** The first line, counted from 1, that is not UTF-8. The byte of a line end occurs in no other character of UTF-8. */
function firstWrongLine(bytes: Uint8Array): number {
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
