// Files, read and written whole: a reader sees the old or the new, never a part.
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
 * Writes through a temporary file in the same folder; makes the folder. A file that was there hands on its permissions.
 * Throws a UserError where the path cannot be written.
 */
export function writeAtomically(path: string, content: Uint8Array | string): void {
  try {
    write(path, content);
  } catch (problem) {
    if (!(problem instanceof Error && "code" in problem)) throw problem;
    throw new UserError(`${path}: ${whyUnwritable(problem)}`);
  }
}

/** What a failure to make or write a file or a folder means. */
export function whyUnwritable(problem: unknown): string {
  const code = problem instanceof Error && "code" in problem ? String(problem.code) : String(problem);
  const reason = UNWRITABLE.get(code);
  return `it cannot be written${reason === undefined ? "" : `: ${reason}`} (${code})`;
}

const UNWRITABLE = new Map([
  ["EACCES", "permission is denied"],
  ["EPERM", "permission is denied"],
  ["EROFS", "the disk can only be read"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EEXIST", "a file stands where a folder is needed"],
  ["ENOTDIR", "a file stands where a folder is needed"],
]);

/**
 * Makes a folder and those above it that are missing; gives them, the uppermost first. Node's own way never returns where a folder
 * that exists takes none, as /proc.
 */
export function makeFolder(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return [];
  const above = dirname(path) === path ? [] : makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (problem) {
    // Made by another process at this moment.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw problem;
    return above;
  }
  return [...above, path];
}

function write(path: string, content: Uint8Array | string): void {
  makeFolder(dirname(path));
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

export function isRunning(id: number): boolean {
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

/** A text in strict UTF-8. Throws a UserError that says what is wrong with the path, or that it has more than `most` bytes. */
export function readText(path: string, most = Infinity): string {
  return decoded(most === Infinity ? readBytes(path) : readAtMost(path, most, constants.O_RDONLY), path);
}

/** As `readText`, of a plain file: a pipe or a device, which might never end, is not waited for. */
export function readPlainText(path: string, most: number): string {
  // Windows has no such flag, and no such files.
  return decoded(readAtMost(path, most, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0), refuseSpecial), path);
}

function refuseSpecial(file: number, path: string): void {
  if (!fstatSync(file).isFile()) throw new UserError(`${path}: that is not a plain file`);
}

function readAtMost(
  path: string,
  most: number,
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
      const got = readSync(file, part);
      if (got === 0) return Buffer.concat(parts);
      read += got;
      if (read > most) throw new UserError(`${path}: it is longer than ${most / 2 ** 20} MiB, which is the most`);
      parts.push(part.subarray(0, got));
    }
  } catch (problem) {
    if (problem instanceof UserError) throw problem;
    throw new UserError(`${path}: ${whyUnreadable(problem)}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const PIECE = 1 << 16;

function decoded(bytes: Uint8Array, path: string): string {
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
