// The folder of one training: it is made and written to before anything is read or trained, held against other trainings, and no
// run in it is replaced unless that was asked for.
import { rmdirSync } from "node:fs";
import { UserError } from "../base/diagnostic.ts";
import { runFilesIn } from "../checkpoint/checkpoint-files.ts";
import { makeFolder, removeAbandoned, whyUnwritable } from "../files/files.ts";
import { lockFolder, type Lock } from "../files/lock.ts";

/**
 * Holds the folder while `use` runs. A folder that was made for it and got no files goes again. Throws a UserError where it cannot be
 * made or written to, or another training holds it.
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

/** Throws a UserError where the folder holds a run. */
export function refuseOtherRun(path: string): void {
  const found = runFilesIn(path);
  if (found.length === 0) return;
  throw new UserError(
    `${path} holds a trained model already (${found.join(", ")}): go on with it by --resume, replace it by --overwrite, or name another folder with --out`,
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

/** The uppermost comes first, so it goes last. */
function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      return; // There is something in it.
    }
  }
}
