// Moves element-wise functions of all steps into the loop beside them, for targets whose loops run on a processor: there, a value of a step
// is in a register or in a near cache, while the same values of all steps come from memory. A function before a loop moves if the loop
// reads its result step by step; a function behind it moves if it reads, step by step, what the loop writes.
import { at } from "../base/invariant.ts";
import { outerOf, rootsRead, rootsWritten } from "./readers.ts";
import type { MapTask, Recorded } from "./task.ts";
import { isSame, isUnit, isWhole, rootOf, stepOf, type Storage, type View } from "./view.ts";

type Loop = Extract<Recorded, { kind: "loop" }>;

/** `threads`: a loop of fewer examples is left as it is, because its functions would run on fewer threads. */
export function sink(recorded: readonly Recorded[], threads: number): readonly Recorded[] {
  let tasks = withCopiesRead(recorded);
  for (const loop of recorded) if (loop.kind === "loop") tasks = intoLoop(tasks, loop, threads);
  return tasks;
}

/**
 * Where a sequence is copied to its part of a whole, all that reads the sequence reads the copy. If the copy moves into the loop that makes
 * the sequence, the sequence itself need not be stored.
 */
function withCopiesRead(tasks: readonly Recorded[]): readonly Recorded[] {
  const madeIn = new Map<Storage, Loop>();
  for (const loop of tasks) if (loop.kind === "loop") for (const storage of loop.writes) madeIn.set(storage, loop);
  const copies = new Map<Storage, MapTask>();
  for (const task of tasks) {
    const [source] = task.kind === "map" && task.node.kind === "input" ? task.reads : [];
    if (task.kind !== "map" || source === undefined || copies.has(source.storage) || !madeIn.has(source.storage))
      continue;
    const isMade = isWhole(source) && source.storage.role === "temporary" && task.write.storage.role === "temporary";
    if (isMade && hasRowsApart(task.write, source)) copies.set(source.storage, task);
  }
  const read = (view: View, reader: Recorded): View => {
    const copy = copies.get(view.storage);
    return copy !== undefined && copy !== reader && isSame(view, at(copy.reads, 0, "kernel")) ? copy.write : view;
  };
  const moved = new Set<Recorded>(copies.values());
  return tasks.flatMap((task): readonly Recorded[] => {
    if (moved.has(task)) return [];
    if (task.kind !== "loop") return [{ ...task, reads: task.reads.map((view) => read(view, task)) }];
    return [task, ...[...copies].flatMap(([storage, copy]) => (madeIn.get(storage) === task ? [copy] : []))];
  });
}

/** Whether the rows of `dense` lie in `view` in the same order, with gaps between them: sums over rows then have the same order. */
function hasRowsApart(view: View, dense: View): boolean {
  const last = dense.shape.length - 1;
  const factors = view.shape.flatMap((size, axis) =>
    size === 1 || axis === last ? [] : [at(view.strides, axis, "kernel") / at(dense.strides, axis, "kernel")],
  );
  return isUnit(view, last) && factors.every((factor) => factor === factors[0]);
}

function intoLoop(tasks: readonly Recorded[], loop: Loop, threads: number): readonly Recorded[] {
  const walks = walksOf(loop, threads);
  if (walks === undefined) return tasks;
  const needed = neededBy(loop, tasks);
  const isNeeded = new Set(needed);
  const rest = tasks.filter((task) => task !== loop && !isNeeded.has(task));
  const { before, first } = functionsBefore(needed, walks);
  const { behind, last } = functionsBehind(rest, walks);
  if (before.size + behind.size === 0) return tasks;
  const body = [...first, ...loop.body, ...last];
  const joined: Loop = { ...loop, body, ...outerOf(body) };
  return [...needed.filter((task) => !before.has(task)), joined, ...rest.filter((task) => !behind.has(task))];
}

/** What a loop depends on, in order. */
function neededBy(loop: Loop, tasks: readonly Recorded[]): readonly Recorded[] {
  const needed = new Set([...rootsRead(loop), ...rootsWritten(loop)]);
  return tasks
    .slice(0, tasks.indexOf(loop))
    .toReversed()
    .filter((task) => {
      const isNeeded = rootsWritten(task).some((storage) => needed.has(storage));
      if (isNeeded) for (const storage of rootsRead(task)) needed.add(storage);
      return isNeeded;
    })
    .toReversed();
}

/** How a loop goes along its sequences. */
interface Walks {
  readonly times: number;
  readonly reverse: boolean;
  readonly batch: number;
  /** The views that the body reads and writes at each step, by their storage. */
  readonly reads: ReadonlyMap<Storage, readonly View[]>;
  readonly writes: ReadonlyMap<Storage, readonly View[]>;
}

/** Undefined where the loop's views do not tell, or it has too few examples. */
function walksOf({ times, body }: Loop, threads: number): Walks | undefined {
  const flat = body.filter((task) => task.kind !== "loop");
  const reads = byStorage(flat.flatMap((task) => task.reads));
  const writes = byStorage(flat.map(({ write }) => write));
  const sequences = flat.map(({ write }) => write).filter(({ step }) => step !== 0);
  const [first] = sequences;
  if (first === undefined || first.batch < threads || times === 1 || flat.length < body.length) return undefined;
  const { batch } = first;
  const reverse = first.step < 0;
  const agree = sequences.every((view) => view.step < 0 === reverse && view.batch === batch);
  return agree ? { times, batch, reads, writes, reverse } : undefined;
}

function byStorage(views: readonly View[]): ReadonlyMap<Storage, readonly View[]> {
  const all = new Map<Storage, View[]>();
  for (const view of views) {
    const { storage } = rootOf(view.storage);
    all.set(storage, [...(all.get(storage) ?? []), view]);
  }
  return all;
}

/** A value of all steps and examples, at the loop's step; undefined if its first axes are others. */
function inStepOf(view: View, walks: Walks): View | undefined {
  const { times, batch } = walks;
  if (view.shape.length < 2 || view.shape[0] !== times || view.shape[1] !== batch || view.step !== 0) return undefined;
  return { ...stepOf(view, walks), batch };
}

/** The function at the loop's step; undefined if one of its views has no steps. */
function inStep(task: MapTask, walks: Walks): MapTask | undefined {
  const write = inStepOf(task.write, walks);
  const reads = task.reads.map((view) => inStepOf(view, walks));
  if (write === undefined || reads.includes(undefined)) return undefined;
  return { ...task, write, reads: reads.filter((view) => view !== undefined) };
}

/** The one of some views that has the same elements of the same memory. */
function sameAmong(view: View, views: readonly View[] | undefined): View | undefined {
  return views?.find((each) => isSame(inRoot(each), inRoot(view)));
}

function inRoot(view: View): View {
  const { storage, offset } = rootOf(view.storage);
  return { ...view, storage, offset: view.offset + offset };
}

/** The functions before a loop that it reads step by step and nothing else before it reads, and what they are in the loop. */
function functionsBefore(needed: readonly Recorded[], walks: Walks) {
  const before = new Set<Recorded>();
  const first: MapTask[] = [];
  const reads = new Map(walks.reads);
  const readOutside = new Set<Storage>();
  for (const task of needed.toReversed()) {
    const moved = task.kind === "map" && isWhole(task.write) ? inStep(task, walks) : undefined;
    const views = moved === undefined ? [] : (reads.get(moved.write.storage) ?? []);
    const isOwn = moved !== undefined && !readOutside.has(moved.write.storage) && views.length > 0;
    if (isOwn && views.every((view) => isSame(view, moved.write))) {
      before.add(task);
      first.unshift(moved);
      for (const [storage, each] of byStorage(moved.reads))
        reads.set(storage, [...(reads.get(storage) ?? []), ...each]);
    } else for (const storage of rootsRead(task)) readOutside.add(storage);
  }
  return { before, first };
}

/** The functions behind a loop that read its sequences step by step, with those that they read, and otherwise what is there before it. */
function functionsBehind(rest: readonly Recorded[], walks: Walks) {
  const behind = new Set<Recorded>();
  const last: MapTask[] = [];
  const written = new Map(walks.writes);
  /** Functions that could move, but nothing in the loop reads them so far. */
  const waiting = new Map<Storage, { readonly task: Recorded; readonly moved: MapTask }>();
  const late = new Set<Storage>();
  const move = (task: Recorded, moved: MapTask): void => {
    behind.add(task);
    last.push(moved);
    const { storage } = rootOf(moved.write.storage);
    waiting.delete(storage);
    written.set(storage, [...(written.get(storage) ?? []), moved.write]);
  };
  /** What a function reads in the loop; undefined if it is not there. */
  const inBody = (view: View): View | undefined => {
    const { storage } = rootOf(view.storage);
    const other = waiting.get(storage);
    if (other !== undefined) return sameAmong(view, [other.moved.write]);
    if (late.has(storage)) return undefined;
    if (!written.has(storage)) return view;
    return sameAmong(view, written.get(storage)) ?? sameAmong(view, walks.reads.get(storage));
  };
  const pull = (view: View): void => {
    const other = waiting.get(rootOf(view.storage).storage);
    if (other === undefined) return;
    other.moved.reads.forEach(pull);
    move(other.task, other.moved);
  };
  for (const task of rest) {
    const step = task.kind === "map" ? inStep(task, walks) : undefined;
    const reads = step?.reads.map(inBody).filter((view) => view !== undefined) ?? [];
    if (step === undefined || reads.length < step.reads.length) {
      for (const storage of rootsWritten(task)) late.add(storage);
      continue;
    }
    const moved = { ...step, reads };
    if (reads.some((view) => written.has(rootOf(view.storage).storage))) {
      reads.forEach(pull);
      move(task, moved);
    } else if (task.kind === "map" && isWhole(task.write)) waiting.set(moved.write.storage, { task, moved });
    else late.add(rootOf(moved.write.storage).storage);
  }
  return { behind, last };
}
