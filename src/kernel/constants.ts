// Constants that stand in memory while a program runs.
import type { Task } from "./task.ts";
import { uniformOf, type Storage } from "./view.ts";

/** Those that tasks read; one number that is repeated is no more than a number to a group. */
export function constantsOf(tasks: readonly Task[]): readonly Storage[] {
  const found = new Set<Storage>();
  const visit = (task: Task): void => {
    if (task.kind === "loop") task.body.forEach(visit);
    else
      for (const view of task.reads)
        if (view.storage.role === "constant" && (task.kind === "kernel" || uniformOf(view) === undefined))
          found.add(view.storage);
  };
  tasks.forEach(visit);
  return [...found];
}
