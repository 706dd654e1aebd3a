// One training in its folder: a new run, or one that continues.
import { unrollingOn, withTarget } from "../targets/registry.ts";
import { unrolling } from "../targets/unrolling.ts";
import type { Unrolling } from "../time/unroll-choice.ts";
import { inRunFolder } from "./run-folder.ts";
import { beginRun, resumeRun, type BeginOptions, type Begun } from "./train-begin.ts";
import { trainAndSave, type Trained } from "./train-run.ts";

export interface FolderOptions extends BeginOptions {
  readonly resume?: boolean;
  readonly updates?: number;
  readonly unroll: Unrolling | "auto";
}

/** Trains and saves until it is done or aborted. Throws a UserError for wrong options or data, and if the folder is in use. */
export function trainInFolder(
  file: string | undefined,
  options: FolderOptions,
  aborting: AbortSignal,
): Promise<Trained> {
  return inRunFolder(options.out, (lock) => {
    const run = options.resume === true ? resumeRun(file, options) : beginRun(file, options);
    const { updates } = options;
    const limits = { signal: aborting, lock, ...(updates === undefined ? {} : { stopAfter: updates }) };
    return withTarget(run.target, (target) =>
      trainAndSave(
        { ...run, out: process.stdout, ...limits },
        unrolling(target, unrollingFor(options.unroll, run, target.name)),
      ),
    );
  });
}

/** Windows of a text have equal lengths, except the last; rows have their own lengths. */
export function unrollingFor(wish: Unrolling | "auto", { model, settings }: Begun, target: string): Unrolling {
  if (wish !== "auto") return wish;
  const { truncate } = settings;
  const isFixed = model.layout === "text" && truncate !== null;
  return unrollingOn(target, isFixed ? Math.max(truncate.k1, truncate.k2) : null).choice;
}
