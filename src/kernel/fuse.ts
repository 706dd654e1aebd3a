// From recorded tasks to the tasks that run, in order: drops dead tasks, folds sums into products, and joins element-wise functions of
// one shape to groups, whose inner values stay in registers.
import {
  isSeen,
  NOWHERE,
  outerOf,
  readersIn,
  type Readers,
  readOutside,
  type Seen,
  seenIn,
  withoutDead,
  writesOf,
} from "./readers.ts";
import { sink } from "./sink.ts";
import type { GroupTask, KernelTask, MapTask, Recorded, Task } from "./task.ts";
import { isDense, isSame, isWhole, keyOf, reshaped, uniformOf, type Storage, type View } from "./view.ts";

/**
 * `loopsOnThreads`: for targets whose loops run on so many threads of a processor, functions of all steps move into the loops beside them
 * (`sink.ts`). A GPU runs them faster for all steps at once.
 */
export function fuse(recorded: readonly Recorded[], loopsOnThreads?: number): readonly Task[] {
  const live = withoutDead(recorded, NOWHERE);
  const outside = readOutside(live);
  const tasks = live.map((task) => (task.kind === "loop" ? { ...task, body: folded(task.body, outside(task)) } : task));
  return inGroups(loopsOnThreads === undefined ? tasks : sink(tasks, loopsOnThreads), NOWHERE);
}

/**
 * The body of a loop, with sums that begin products. This comes before functions move into the loop, which depends on sizes: a product
 * that begins with another number has other bits.
 */
function folded(body: readonly Recorded[], outside: Seen): readonly Recorded[] {
  const seen = seenIn(body, outside);
  return fold(withoutDead(body, seen), seen);
}

function fuseBody(body: readonly Recorded[], outside: Seen): readonly Task[] {
  return inGroups(body, seenIn(body, outside));
}

/** In a loop's body, `a · b + c` starts the sums of the product with `c`, if the product has no other reader. */
function fold(tasks: readonly Recorded[], seen: Seen): readonly Recorded[] {
  const readers = readersIn(tasks);
  const products = new Map<Storage, KernelTask>();
  const gone = new Set<Recorded>();
  const folded = tasks.map((task): Recorded => {
    const isProduct = task.kind === "kernel" && task.sumsOnto === true;
    if (isProduct && isWhole(task.write) && !isSeen(task.write.storage, seen)) products.set(task.write.storage, task);
    if (task.kind !== "map" || task.node.kind !== "binary" || task.node.name !== "add") return task;
    for (const [product, other] of [task.reads, task.reads.toReversed()].map((pair) => [pair[0], pair[1]] as const)) {
      const joined = product === undefined || other === undefined ? undefined : began(product, other, task);
      if (joined !== undefined) return joined;
    }
    return task;
  });
  return folded.filter((task) => !gone.has(task));

  function began(product: View, other: View, task: MapTask): KernelTask | undefined {
    const kernel = products.get(product.storage);
    if (kernel === undefined || readers.get(product.storage)?.length !== 1 || !isDense(product)) return undefined;
    const [start, write] = [other, task.write].map((view) => reshaped(view, kernel.write.shape));
    if (start === undefined || write === undefined || uniformOf(start) !== undefined) return undefined;
    if (start.shape[1] !== 1 && (start.strides[1] !== 1 || write.strides[1] !== 1)) return undefined;
    gone.add(kernel);
    return {
      ...kernel,
      reads: [...kernel.reads, start],
      rowwise: [...kernel.rowwise, kernel.reads.length],
      write: { ...write, batch: kernel.write.batch },
    };
  }
}

type Flat = Exclude<Recorded, { kind: "loop" }>;

function inGroups(tasks: readonly Recorded[], seen: Seen): readonly Task[] {
  const readers = readersIn(tasks);
  const levels = levelsOf(tasks, readers);
  const highest = tasks.reduce((level, task) => Math.max(level, levels.get(task) ?? 0), -1);
  const outside = readOutside(tasks);
  const byLevel: Recorded[][] = Array.from({ length: 1 + highest }, () => []);
  for (const task of tasks) byLevel[levels.get(task) ?? 0]?.push(task);
  return byLevel.flatMap((here) => {
    const maps = here.filter((task) => task.kind === "map");
    const others = here.flatMap((task): readonly Task[] => {
      if (task.kind === "map") return [];
      if (task.kind !== "loop") return [task];
      const body = fuseBody(task.body, outside(task));
      return [{ ...task, body, ...outerOf(body) }];
    });
    return [...connected(maps).map((group) => groupOf(group, readers, seen)), ...others];
  });
}

function isExact(task: Recorded, view: View): task is MapTask {
  return task.kind === "map" && isSame(task.write, view);
}

/** A level for each task, above those of its operands. Element-wise functions of one shape may share a level with their operands. */
function levelsOf(tasks: readonly Recorded[], readers: Readers): ReadonlyMap<Recorded, number> {
  const writers = new Map<Storage, Recorded[]>();
  const levels = new Map<Recorded, number>();
  for (const task of tasks) {
    let level = 0;
    const after = (writer: Recorded, joins: boolean): void => {
      level = Math.max(level, (levels.get(writer) ?? 0) + (joins ? 0 : 1));
    };
    if (task.kind === "loop") {
      for (const storage of [...task.reads, ...task.writes])
        for (const writer of writers.get(storage) ?? []) after(writer, false);
    } else {
      for (const view of task.reads) {
        const all = writers.get(view.storage) ?? [];
        const exact = all.find((writer): writer is Flat => writer.kind !== "loop" && isSame(writer.write, view));
        for (const writer of exact === undefined ? all : [exact])
          after(writer, task.kind === "map" && isExact(writer, view) && sameShape(task, writer));
      }
    }
    levels.set(task, level);
    for (const storage of writesOf(task)) writers.set(storage, [...(writers.get(storage) ?? []), task]);
  }
  delayToReaders(tasks, readers, levels);
  return levels;
}

/** Moves a function to the level of its first reader, if all readers are functions of its shape. */
function delayToReaders(tasks: readonly Recorded[], readersOf: Readers, levels: Map<Recorded, number>): void {
  for (const task of tasks.toReversed()) {
    if (task.kind !== "map" || !isWhole(task.write)) continue;
    const readers = readersOf.get(task.write.storage) ?? [];
    const canMove = readers.every(
      (reader) =>
        reader.kind === "map" &&
        sameShape(task, reader) &&
        reader.reads.every((view) => view.storage !== task.write.storage || isSame(view, task.write)),
    );
    if (!canMove || readers.length === 0) continue;
    const first = readers.reduce((least, reader) => Math.min(least, levels.get(reader) ?? 0), Infinity);
    levels.set(task, Math.max(levels.get(task) ?? 0, first));
  }
}

function sameShape(a: MapTask, b: MapTask): boolean {
  return a.write.shape.join() === b.write.shape.join();
}

/** The most operands of a group that is joined only because its functions read the same values. */
const MANY_OPERANDS = 40;

interface Joined {
  readonly shape: string;
  /** With their indices in the list. */
  readonly maps: { readonly map: MapTask; readonly place: number }[];
  /** The views that they read and write. */
  readonly keys: Set<string>;
  readonly written: Set<string>;
}

/** Groups the maps of one level: same shape, and one reads the other or both read the same. The group that grew last comes last. */
function connected(maps: readonly MapTask[]): readonly (readonly MapTask[])[] {
  const groups = new Set<Joined>();
  maps.forEach((map, place) => {
    const shape = map.write.shape.join();
    const reads = map.reads.filter((view) => uniformOf(view) === undefined).map(keyOf);
    const isNear = (group: Joined): boolean =>
      group.shape === shape &&
      (reads.some((key) => group.written.has(key)) ||
        (group.keys.size < MANY_OPERANDS && reads.some((key) => group.keys.has(key))));
    const fresh: Joined = { shape, maps: [], keys: new Set(), written: new Set() };
    const [group = fresh, ...others] = [...groups].filter(isNear);
    for (const other of others) {
      for (const each of other.maps) group.maps.push(each);
      for (const key of other.keys) group.keys.add(key);
      for (const key of other.written) group.written.add(key);
      groups.delete(other);
    }
    const write = keyOf(map.write);
    group.maps.push({ map, place });
    for (const key of [...reads, write]) group.keys.add(key);
    group.written.add(write);
    groups.delete(group);
    groups.add(group);
  });
  return [...groups].map((group) => group.maps.sort((a, b) => a.place - b.place).map(({ map }) => map));
}

function groupOf(
  maps: readonly MapTask[],
  readersOf: ReadonlyMap<Storage, readonly Recorded[]>,
  seen: Seen,
): GroupTask {
  const members = new Set<Recorded>(maps);
  const inner = new Set(maps.map((map) => keyOf(map.write)));
  const reads = new Map<string, View>();
  for (const view of maps.flatMap((map) => map.reads))
    if (uniformOf(view) === undefined && !inner.has(keyOf(view))) reads.set(keyOf(view), view);
  const writes = maps.flatMap(({ write }) => {
    const readers = readersOf.get(write.storage) ?? [];
    const isKept =
      isSeen(write.storage, seen) || !readers.every((reader) => members.has(reader) && readsAs(reader, write));
    return isKept ? [write] : [];
  });
  return { kind: "group", maps, reads: [...reads.values()], writes };
}

/** Whether a task reads of a storage only what was written to it. */
function readsAs(task: Recorded, write: View): boolean {
  return task.kind !== "loop" && task.reads.every((view) => view.storage !== write.storage || isSame(view, write));
}
