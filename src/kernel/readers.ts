// Who reads what: the storage that tasks read and write, and the tasks whose results nobody reads.
import type { Recorded, Task } from "./task.ts";
import { keyOf, rootOf, type Storage } from "./view.ts";

/** The storage that a task reads, not as parts of other storage. */
export function rootsRead(task: Recorded | Task): readonly Storage[] {
  return task.kind === "loop" ? task.reads.map(rootStorage) : task.reads.map(({ storage }) => rootStorage(storage));
}

/** The storage that a task writes, not as parts of other storage. */
export function rootsWritten(task: Recorded | Task): readonly Storage[] {
  if (task.kind === "loop") return task.writes.map(rootStorage);
  const writes = task.kind === "group" ? task.writes : [task.write];
  return writes.map(({ storage }) => rootStorage(storage));
}

function rootStorage(storage: Storage): Storage {
  return rootOf(storage).storage;
}

/** The storage outside a loop that its body reads and writes. */
export function outerOf(body: readonly (Recorded | Task)[]): {
  readonly reads: readonly Storage[];
  readonly writes: readonly Storage[];
} {
  const outside = (storages: readonly Storage[]): readonly Storage[] =>
    [...new Set(storages)].filter(({ inLoop }) => !inLoop);
  return { reads: outside(body.flatMap(rootsRead)), writes: outside(body.flatMap(rootsWritten)) };
}

/** What is read outside a body, or in it otherwise than it is written: at another step. */
export function seenIn(body: readonly Recorded[], outside: Seen): Seen {
  const seen = new Set<Storage>();
  const flat = body.filter((task) => task.kind !== "loop");
  const written = new Set(flat.map(({ write }) => keyOf(write)));
  for (const view of flat.flatMap(({ reads }) => reads))
    if (!written.has(keyOf(view))) seen.add(rootStorage(view.storage));
  return { has: (storage) => seen.has(storage) || outside.has(storage) };
}

/** Storage that is read outside a list of tasks, apart from results. Nothing is, outside loops. */
export type Seen = Pick<ReadonlySet<Storage>, "has">;

export const NOWHERE: Seen = new Set<Storage>();

/** The storage that a task reads, for dependencies. */
export function readsOf(task: Recorded): readonly Storage[] {
  return task.kind === "loop" ? task.reads : task.reads.map(({ storage }) => storage);
}

export function writesOf(task: Recorded): readonly Storage[] {
  return task.kind === "loop" ? task.writes : [task.write.storage];
}

/** Whether it is read outside the list of tasks. */
export function isSeen(storage: Storage, seen: Seen): boolean {
  const root = rootStorage(storage);
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

/** For each loop of a list, the storage that other tasks read. */
export function readOutside(tasks: readonly Recorded[]): (loop: Recorded) => Seen {
  const readers = new Map<Storage, Recorded>();
  const readTwice = new Set<Storage>();
  for (const task of tasks)
    for (const storage of rootsRead(task)) {
      const other = readers.get(storage);
      if (other === undefined) readers.set(storage, task);
      else if (other !== task) readTwice.add(storage);
    }
  return (loop) => ({ has: (storage) => readTwice.has(storage) || (readers.get(storage) ?? loop) !== loop });
}
