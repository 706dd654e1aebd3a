// Which tasks run side by side: neighbours in the order of which none reads or replaces what another one writes.
import { rootsRead, rootsWritten } from "../../kernel/readers.ts";
import type { Task } from "../../kernel/task.ts";
import type { Storage } from "../../kernel/view.ts";
import { Meetings } from "./waits.ts";

export type Batch<T extends Task = Task> = readonly T[];

/** The tasks in their order, cut where one must wait for another. No two tasks write the same element. */
export function batchesOf<T extends Task>(tasks: readonly T[]): readonly Batch<T>[] {
  const batches: T[][] = [];
  const meetings = new Meetings();
  for (const task of tasks) {
    const mustWait = meetings.before(readsOf(task), writesOf(task));
    const last = batches.at(-1);
    if (last === undefined || mustWait) batches.push([task]);
    else last.push(task);
  }
  return batches;
}

/** The storage that a task reads, not as parts of others; of a loop, also what its body keeps to itself. */
export function readsOf(task: Task): readonly Storage[] {
  return [...rootsRead(task), ...(task.kind === "loop" ? task.body.flatMap(readsOf) : [])];
}

export function writesOf(task: Task): readonly Storage[] {
  return [...rootsWritten(task), ...(task.kind === "loop" ? task.body.flatMap(writesOf) : [])];
}
