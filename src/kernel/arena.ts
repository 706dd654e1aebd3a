// Places temporaries in the arena. Two share memory if one is dead before the other is written.
import { firstFit } from "./first-fit.ts";
import type { Task } from "./task.ts";
import { BYTES, rootOf, uniformOf, type Kind, type Storage, type View } from "./view.ts";

/** Byte offsets of temporaries, and the size of the arena. */
export interface Arena {
  readonly offsets: ReadonlyMap<Storage, number>;
  readonly bytes: number;
}

interface Life {
  readonly storage: Storage;
  first: number;
  last: number;
}

/**
 * `kind` selects temporaries, for targets with a memory for each kind. Tasks in a list of their own run side by side: what one of them
 * reads is not written by another.
 */
export function layOut(tasks: readonly (Task | readonly Task[])[], kind?: Kind): Arena {
  const lives = livesOf(tasks, kind);
  const { offsets, bytes } = firstFit(
    lives.map(({ storage, first, last }) => ({ bytes: BYTES * storage.count, first, last })),
  );
  return { offsets: new Map(lives.map(({ storage }, index) => [storage, offsets[index] ?? 0])), bytes };
}

/** The first and the last task of each temporary, in the order of the first. */
export function livesOf(tasks: readonly (Task | readonly Task[])[], kind?: Kind): readonly Readonly<Life>[] {
  const lives = new Map<Storage, Life>();
  const meet = (storage: Storage, time: number): void => {
    const { storage: root } = rootOf(storage);
    if (root.role !== "temporary" || (kind !== undefined && root.kind !== kind)) return;
    const life = lives.get(root) ?? { storage: root, first: time, last: time };
    life.last = time;
    lives.set(root, life);
  };
  tasks.forEach((task, time) => {
    const together = "kind" in task ? [task] : task;
    together.flatMap(storagesOf).forEach((storage) => meet(storage, time));
  });
  return [...lives.values()].toSorted((a, b) => a.first - b.first);
}

/** All storage that a task reads or writes. The temporaries of a loop live as long as the loop. */
function storagesOf(task: Task): readonly Storage[] {
  if (task.kind === "loop") return [...task.reads, ...task.writes, ...task.body.flatMap(storagesOf)];
  const views: readonly View[] = task.kind === "group" ? [...task.reads, ...task.writes] : [...task.reads, task.write];
  const scratch = task.kind === "kernel" && task.scratch !== undefined ? [task.scratch] : [];
  return [...views.filter((view) => uniformOf(view) === undefined).map(({ storage }) => storage), ...scratch];
}
