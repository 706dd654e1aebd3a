// The machine and the commit of a measurement.
import { execFileSync } from "node:child_process";
import os from "node:os";

/** Processor × cores, memory, system. */
export function machine(): string {
  const [processor] = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${processor?.model.trim() ?? "unknown"} × ${os.availableParallelism()}, ${memory} GiB, ${os.type()} ${os.machine()}`;
}

/** Says so where files differ from it. */
export function commit(): string {
  const git = (...words: string[]): string => execFileSync("git", words, { encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--untracked-files=no") === "" ? "" : " with changes";
  return git("rev-parse", "--short", "HEAD") + changed;
}
