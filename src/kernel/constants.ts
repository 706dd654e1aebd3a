// The constants that a program needs in memory.
import type { Task } from "./task.ts";
import { uniformOf, type Storage } from "./view.ts";

/** The constants that tasks read. A repeated number needs no memory in a group, which has it as an expression. */
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
