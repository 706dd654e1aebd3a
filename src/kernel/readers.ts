// Who reads what: the readers of each storage, and the tasks whose results nobody reads.
import type { Recorded } from "./task.ts";
import { isSame, rootOf, type Storage } from "./view.ts";

/** What is read outside a body, or in it otherwise than it is written: at another step. */
export function seenIn(body: readonly Recorded[], outside: Seen): Seen {
  const seen = new Set(outside);
  const writes = body.flatMap((task) => (task.kind === "loop" ? [] : [task.write]));
  for (const view of body.flatMap((task) => (task.kind === "loop" ? [] : task.reads)))
    if (!writes.some((write) => isSame(write, view))) seen.add(rootOf(view.storage).storage);
  return seen;
}

/** Storage that is read outside a list of tasks, apart from results. Nothing is, outside loops. */
export type Seen = ReadonlySet<Storage>;

export const NOWHERE: Seen = new Set();

/** The storage that a task reads, for dependencies. */
export function readsOf(task: Recorded): readonly Storage[] {
  return task.kind === "loop" ? task.reads : task.reads.map(({ storage }) => storage);
}

export function writesOf(task: Recorded): readonly Storage[] {
  return task.kind === "loop" ? task.writes : [task.write.storage];
}

/** Whether it is read outside the list of tasks. */
export function isSeen(storage: Storage, seen: Seen): boolean {
  const { storage: root } = rootOf(storage);
  return root.role === "result" || seen.has(root);
}

export function withoutDead(tasks: readonly Recorded[], seen: Seen): readonly Recorded[] {
  const needed = new Set<Storage>();
  return tasks
    .toReversed()
    .filter((task) => {
      const isLive = writesOf(task).some((storage) => needed.has(storage) || isSeen(storage, seen));
      if (isLive) for (const storage of readsOf(task)) needed.add(storage);
      return isLive;
    })
    .toReversed();
}

export type Readers = ReadonlyMap<Storage, readonly Recorded[]>;

/** The readers of each storage, once for each operand. */
export function readersIn(tasks: readonly Recorded[]): Readers {
  const readers = new Map<Storage, Recorded[]>();
  for (const task of tasks)
    for (const storage of readsOf(task)) {
      const known = readers.get(storage);
      if (known === undefined) readers.set(storage, [task]);
      else known.push(task);
    }
  return readers;
}

/** The storage that other tasks than a loop read. */
export function readOutside(tasks: readonly Recorded[], loop: Recorded): Seen {
  return new Set(
    tasks.flatMap((task) => (task === loop ? [] : readsOf(task).map((storage) => rootOf(storage).storage))),
  );
}
