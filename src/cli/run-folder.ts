// The folder of one training. It is created and locked before anything is read or trained, and a run in it is replaced only with
// --overwrite.
import { rmdirSync } from "node:fs";
import { UserError } from "../base/diagnostic.ts";
import { runFilesIn } from "../checkpoint/checkpoint-files.ts";
import { makeFolder, removeAbandoned, whyUnwritable } from "../files/files.ts";
import { lockFolder, type Lock } from "../files/lock.ts";

/**
 * Locks the folder while `use` runs. Folders that were created and are still empty are removed. Throws a UserError if the folder cannot
 * be created or written to, or if another training holds it.
 */
export async function inRunFolder<R>(path: string, use: (lock: Lock) => Promise<R>): Promise<R> {
  const made = asUser(path, () => makeFolder(path));
  let lock: Lock | undefined;
  try {
    lock = await lockFolder(path).catch((problem: unknown) => {
      throw unwritable(path, problem);
    });
    removeAbandoned(path);
    return await use(lock);
  } finally {
    lock?.release();
    removeEmpty(made);
  }
}

/** Throws a UserError if the folder holds a run. */
export function refuseOtherRun(path: string): void {
  const found = runFilesIn(path);
  if (found.length === 0) return;
  throw new UserError(
    `${path} already holds a trained model (${found.join(", ")}): continue it with --resume, replace it with --overwrite, or name another folder with --out`,
  );
}

function asUser<R>(path: string, use: () => R): R {
  try {
    return use();
  } catch (problem) {
    throw unwritable(path, problem);
  }
}

function unwritable(path: string, problem: unknown): unknown {
  const isOfSystem = problem instanceof Error && "code" in problem;
  return isOfSystem ? new UserError(`--out ${path}: ${whyUnwritable(problem)}`) : problem;
}

/** The outermost folder is first in the list, and is removed last. */
function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      return; // It is not empty.
    }
  }
}
