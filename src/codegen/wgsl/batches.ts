// Which tasks run side by side: neighbours in the order of which none reads or replaces what another one writes.
import type { Task } from "../../kernel/task.ts";
import { rootOf, type Storage } from "../../kernel/view.ts";

export type Batch<T extends Task = Task> = readonly T[];

/** The tasks in their order, cut where one must wait for another. No two tasks write the same element. */
export function batchesOf<T extends Task>(tasks: readonly T[]): readonly Batch<T>[] {
  const batches: T[][] = [];
  const [read, written] = [new Set<Storage>(), new Set<Storage>()];
  for (const task of tasks) {
    const [reads, writes] = [readsOf(task), writesOf(task)];
    const last = batches.at(-1);
    const mustWait = reads.some((storage) => written.has(storage)) || writes.some((storage) => read.has(storage));
    if (last === undefined || mustWait) {
      batches.push([task]);
      read.clear();
      written.clear();
    } else last.push(task);
    for (const storage of reads) read.add(storage);
    for (const storage of writes) written.add(storage);
  }
  return batches;
}

/** The storages that a task reads, not as parts of others. */
export function readsOf(task: Task): readonly Storage[] {
  if (task.kind === "loop") return [...task.reads.map(rootStorage), ...task.body.flatMap(readsOf)];
  return task.reads.map(({ storage }) => rootStorage(storage));
}

export function writesOf(task: Task): readonly Storage[] {
  if (task.kind === "loop") return [...task.writes.map(rootStorage), ...task.body.flatMap(writesOf)];
  const views = task.kind === "group" ? task.writes : [task.write];
  return views.map(({ storage }) => rootStorage(storage));
}

function rootStorage(storage: Storage): Storage {
  return rootOf(storage).storage;
}
