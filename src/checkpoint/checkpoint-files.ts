// Trained models on disk: a folder with `weights.safetensors`, `resume.safetensors` (weights, the optimiser's slots, carried states)
// and `settings.json` for people. Only the files of arrays are read. Each is replaced in one step, so each is always complete.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readCheckpoint, readRun, writeCheckpoint, writeRun, type Checkpoint, type StoredRun } from "./checkpoint.ts";
import { readBytes, writeAtomically } from "../files/files.ts";

const WEIGHTS = "weights.safetensors";
const RESUME = "resume.safetensors";
const SETTINGS = "settings.json";
/** The picture of the learning curve. */
export const CURVE = "curve.svg";

/** Writes the bytes of a checkpoint into the folder `path`, which is created if it is missing. */
export function saveWeights(path: string, bytes: Uint8Array): void {
  writeAtomically(join(path, WEIGHTS), bytes);
}

/** Writes weights into the folder `path`, which is created if it is missing. */
export function saveCheckpoint(path: string, checkpoint: Checkpoint): void {
  saveWeights(path, writeCheckpoint(checkpoint));
}

/** Writes all that is needed to resume a run, and its settings for people. */
export function saveRun(path: string, stored: StoredRun): void {
  const { description, run } = stored;
  writeAtomically(join(path, RESUME), writeRun(stored));
  writeAtomically(join(path, SETTINGS), `${JSON.stringify({ ...description, run }, null, 2)}\n`);
}

/** The files of a run in a folder. If there are any, they could be overwritten. */
export function runFilesIn(path: string): readonly string[] {
  return [WEIGHTS, RESUME].filter((name) => existsSync(join(path, name)));
}

/** Removes the files of an earlier run, so that they are never mistaken for those of the next. */
export function removeRun(path: string): void {
  for (const name of [RESUME, WEIGHTS, SETTINGS, CURVE]) rmSync(join(path, name), { force: true });
}

/** The bytes of a folder's weights, and the name of their file. Throws a UserError if it cannot be read. */
export function loadCheckpointBytes(path: string): { readonly file: string; readonly bytes: Uint8Array } {
  const file = join(path, WEIGHTS);
  return { file, bytes: readBytes(file) };
}

/** Reads weights. Throws a UserError that says what is missing or wrong. */
export function loadCheckpoint(path: string): Checkpoint {
  const { file, bytes } = loadCheckpointBytes(path);
  return readCheckpoint(bytes, file);
}

/** Reads a run to resume. Throws a UserError that says what is missing or wrong. */
export function loadRun(path: string): StoredRun {
  const file = join(path, RESUME);
  return readRun(readBytes(file), file);
}
