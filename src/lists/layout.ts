// A program in memory: each thread's list of entries for the driver, with addresses relative to their bases.
import { fail } from "../base/invariant.ts";
import { shapeOfGroup } from "../kernel/expression.ts";
import type { Kernels } from "../kernel/kernels.ts";
import { batchOfLoop } from "../kernel/partition.ts";
import type { LoopTask, Task } from "../kernel/task.ts";
import { countOf } from "../ops/nd.ts";
import { ListBuilder, type List, type PlaceOf } from "./list-builder.ts";
import { callOf, rowsOfTask } from "./lower.ts";

export interface Threads {
  readonly count: number;
  /** The barrier's address. One thread does not use it. */
  readonly barrier: number;
}

/** The lists of entries, one for each thread. */
export function listsFor<K>(
  tasks: readonly Task[],
  threads: Threads,
  kernels: Kernels<K>,
  placeOf: PlaceOf,
): readonly List<K>[] {
  const loops = tasks.filter((task) => task.kind === "loop");
  const batches = new Map(loops.map((loop) => [loop, threads.count > 1 ? batchOfLoop(loop) : 0]));
  return Array.from({ length: threads.count }, (_, thread) =>
    listFor(tasks, { ...threads, thread, batches }, kernels, placeOf),
  );
}

/** One of several threads, and the number of examples that they divide in each loop; 0 where one thread runs the loop. */
interface Thread extends Threads {
  readonly thread: number;
  readonly batches: ReadonlyMap<LoopTask, number>;
}

type PlainTask = Exclude<Task, LoopTask>;

function listFor<K>(tasks: readonly Task[], threads: Thread, kernels: Kernels<K>, placeOf: PlaceOf): List<K> {
  const { thread, count, barrier } = threads;
  const list = new ListBuilder<K>(placeOf);
  const call = (task: PlainTask, [from, to]: Range): void => list.call(callOf(kernels, task, { from, to, thread }));
  for (const [index, task] of tasks.entries()) {
    if (index > 0 && count > 1) list.meet(barrier, count);
    if (task.kind === "loop") {
      const rows = rowsInLoop(task, threads);
      if (rows !== null) list.loop(task.times, () => task.body.forEach((each) => call(plain(each), rows(plain(each)))));
    } else {
      const rows = rowsOutsideLoops(task, threads);
      if (rows !== null) call(task, rows);
    }
  }
  return list.finish(barrier, count);
}

function plain(task: Task): PlainTask {
  return task.kind === "loop" ? fail("lists", "a loop within a loop") : task;
}

/** Rows from the first number up to, but without, the second. */
type Range = readonly [number, number];

/** The rows of each task of a loop that a thread computes; null if it computes none. */
function rowsInLoop(loop: LoopTask, { thread, count, batches }: Thread): ((task: PlainTask) => Range) | null {
  const batch = batches.get(loop) ?? 0;
  if (batch === 0) return thread === 0 ? (task) => [0, rowsOfTask(task)] : null;
  const [from, to] = rangeOf(batch, 1, thread, count);
  if (to === from) return null;
  return (task) => [(from * rowsOfTask(task)) / batch, (to * rowsOfTask(task)) / batch];
}

/** The rows of a task outside loops that a thread computes; null if it computes none. The first thread runs a task without rows. */
function rowsOutsideLoops(task: PlainTask, { thread, count }: Thread): Range | null {
  const rows = rowsOfTask(task);
  const [from, to] = rangeOf(rows, granularityOf(task), thread, count);
  return to > from || (rows === 0 && thread === 0) ? [from, to] : null;
}

/** Elements that a thread should have at least: for fewer, another thread does not pay. */
const FEW_ELEMENTS = 2048;

function granularityOf(task: PlainTask): number {
  if (task.kind === "kernel") return Math.max(1, task.granularity);
  const [rows = 1, ...rest] = shapeOfGroup(task);
  const width = Math.max(1, countOf(rest));
  return Math.min(Math.max(1, rows), Math.max(rest.length === 0 ? 16 : 1, Math.ceil(FEW_ELEMENTS / width)));
}

/** A thread's share of `rows`, in multiples of `granularity`. */
function rangeOf(rows: number, granularity: number, thread: number, threads: number): Range {
  const blocks = Math.ceil(rows / granularity);
  const edge = (index: number): number => Math.min(rows, Math.floor((blocks * index) / threads) * granularity);
  return [edge(thread), thread === threads - 1 ? rows : edge(thread + 1)];
}
