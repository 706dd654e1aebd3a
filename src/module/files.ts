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

/** Writes through a temporary file in the same folder; makes the folder. A file that was there hands on its permissions. */
export function writeAtomically(path: string, content: Uint8Array | string): void {
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
  if (code === "ENOENT") return "there is no such file";
  return code === "EISDIR" ? "that is a folder" : `it cannot be read (${String(code)})`;
}

/** A file of strict UTF-8. */
export function readText(path: string): string {
  const bytes = readBytes(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${path}: this is not UTF-8 text`);
  }
}
