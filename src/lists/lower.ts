// Lowers a recorded task to a kernel and its arguments, for some of the task's rows.
import { at, fail } from "../base/invariant.ts";
import { shapeOfGroup } from "../kernel/expression.ts";
import type { Kernels } from "../kernel/kernels.ts";
import type { KernelTask, LoopTask, Task } from "../kernel/task.ts";
import { BYTES, isUnit, rowsOf, wholeOf, type View } from "../kernel/view.ts";
import { begin, type Call, type Word } from "./call.ts";
import { groupCall } from "./group.ts";
import { reduceCall } from "./reduce.ts";

/** A thread's part of a task: rows of axis 0, or units of the task's `extent`. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly thread: number;
}

/** The number of rows that threads can divide; 1 for a task that cannot be divided. */
export function rowsOfTask(task: Exclude<Task, LoopTask>): number {
  if (task.kind === "group") return shapeOfGroup(task)[0] ?? 1;
  return task.granularity === 0 ? 1 : (task.extent ?? task.write.shape[0] ?? 1);
}

/** Returns a task's kernel and arguments for a part of its rows. */
export function callOf<K>(kernels: Kernels<K>, task: Exclude<Task, LoopTask>, part: Part): Call<K> {
  const { from, to } = part;
  if (task.kind === "group") return groupCall(kernels, task, from, to);
  switch (task.work.name) {
    case "sum":
    case "max":
    case "min":
      return reduceCall(kernels, task, task.work, from, to);
    case "softmax":
    case "logsoftmax": {
      const rows = [at(task.reads, 0, "lists"), task.write].map((view) => rowsOf(view, from, to));
      return {
        kernel: kernels.softmax(task.work.name),
        words: [...rows.flatMap(beginAndStride), task.write.shape[1] ?? 1, to - from],
      };
    }
    case "prefix":
    case "argmax": {
      const rows = [at(task.reads, 0, "lists"), task.write].map((view) => rowsOf(view, from, to));
      const { work } = task;
      const kernel = work.name === "prefix" ? kernels.prefix(work) : kernels.argmax();
      return { kernel, words: [...rows.map(begin), to - from, work.length, work.inner] };
    }
    case "gather":
      return gather(kernels, task, part);
    case "scatter":
      return scatter(kernels, task, part);
    case "onehot": {
      const rows = [at(task.reads, 0, "lists"), task.write].map((view) => rowsOf(view, from, to));
      return { kernel: kernels.onehot(), words: [...rows.map(begin), task.write.shape[1] ?? 1, to - from] };
    }
    case "pack":
      return pack(kernels, task, part);
    case "gemm":
      return gemm(kernels, task, part);
    case "gemmTransposed":
      return gemmTransposed(kernels, task, part);
    case "smallProduct":
      return smallProduct(kernels, task, part);
    case "product":
      return fail("lists", "a product must be recorded in one of the forms of this target");
  }
}

function stride(view: View, axis: number): number {
  return BYTES * at(view.strides, axis, "lists");
}

function beginAndStride(view: View): readonly Word[] {
  return [begin(view), stride(view, 0)];
}

function gather<K>(kernels: Kernels<K>, { reads, write }: KernelTask, { from, to }: Part): Call<K> {
  const [table, list] = [at(reads, 0, "gather"), at(reads, 1, "gather")];
  const [indices, rows] = [rowsOf(list, from, to), rowsOf(write, from, to)];
  const sizes = [write.shape[1] ?? 1, to - from, table.shape[0] ?? 0];
  return {
    kernel: kernels.gather(),
    words: [...beginAndStride(table), begin(indices), ...beginAndStride(rows), ...sizes],
  };
}

/** Threads divide the columns of the table, so that each adds rows in the same order. */
function scatter<K>(kernels: Kernels<K>, { reads, write }: KernelTask, { from, to }: Part): Call<K> {
  const [tokens, rows] = [at(reads, 0, "scatter"), at(reads, 1, "scatter")];
  const columns = (view: View): View => ({ ...view, offset: view.offset + from * at(view.strides, 1, "scatter") });
  const sizes = [to - from, rows.shape[0] ?? 0, write.shape[0] ?? 0];
  return {
    kernel: kernels.scatter(),
    words: [begin(tokens), ...beginAndStride(columns(rows)), ...beginAndStride(columns(write)), ...sizes],
  };
}

/** Packs some panels of a matrix, which is row-major or column-major. */
function pack<K>(kernels: Kernels<K>, { reads, write }: KernelTask, { from, to }: Part): Call<K> {
  const { panel } = kernels;
  const matrix = at(reads, 0, "pack");
  const [k = 0, n = 0] = matrix.shape;
  const isTransposed = !isUnit(matrix, 1);
  const [first, columns] = [from * panel, Math.min(n, to * panel) - from * panel];
  const part = { ...matrix, offset: matrix.offset + first * at(matrix.strides, 1, "pack") };
  const kernel = isTransposed ? kernels.packTransposed(columns % panel) : kernels.pack(columns % panel);
  const target = begin(rowsOf(write, from, to));
  return { kernel, words: [begin(part), stride(matrix, isTransposed ? 1 : 0), target, columns, k] };
}

function gemm<K>(kernels: Kernels<K>, { reads, write }: KernelTask, { from, to }: Part): Call<K> {
  const rows = (view: View): readonly Word[] => beginAndStride(rowsOf(view, from, to));
  const [left, right, start] = [at(reads, 0, "gemm"), at(reads, 1, "gemm"), reads[2]];
  const [k, n] = [left.shape[1] ?? 0, write.shape[1] ?? 0];
  const sums = start === undefined ? [0, 0] : rows(start);
  const words = [...rows(left), begin(right), ...rows(write), ...sums, to - from, n, k];
  return { kernel: kernels.gemm(n % kernels.panel), words };
}

function gemmTransposed<K>(
  kernels: Kernels<K>,
  { reads, write, scratch }: KernelTask,
  { from, to, thread }: Part,
): Call<K> {
  const [a, b] = [at(reads, 0, "product"), at(reads, 1, "product")];
  const [m = 0, k = 0] = a.shape;
  const n = b.shape[1] ?? 0;
  const [x, c] = [rowsOf(a, from, to), rowsOf(write, from, to)];
  const storage = scratch ?? fail("lists", "a product over rows has no scratch memory");
  const room: Word = { view: wholeOf(storage, [storage.count]), bytes: thread * kernels.transposedScratchBytes(m) };
  const operands = [begin(x), stride(x, 1), begin(b), stride(b, 0), ...beginAndStride(c)];
  const kernel = kernels.gemmTransposed((to - from) % kernels.panel, n % kernels.panel);
  return { kernel, words: [...operands, 0, 0, to - from, n, k, room] };
}

/** A single product is divided by its columns, a batch by its products. */
function smallProduct<K>(kernels: Kernels<K>, { reads, write }: KernelTask, { from, to }: Part): Call<K> {
  const [x, y] = [at(reads, 0, "product"), at(reads, 1, "product")];
  const [batch = 0, m = 0, k = 0] = x.shape;
  const n = y.shape[2] ?? 0;
  const after = (view: View, axis: number): View => ({
    ...view,
    offset: view.offset + from * at(view.strides, axis, "product"),
  });
  const isWide = batch === 1;
  const parts = isWide ? [x, after(y, 2), after(write, 2)] : [x, y, write].map((view) => after(view, 0));
  const sizes = isWide ? [1, m, to - from, k] : [to - from, m, n, k];
  const strides = [x, y, write].flatMap((view) => [0, 1, 2].map((axis) => stride(view, axis)));
  const isDots = isUnit(y, 1) && isUnit(x, 2) && (!isUnit(y, 2) || n === 1);
  return {
    kernel: kernels.smallProduct(isDots ? "dots" : "rows"),
    words: [...parts.map(begin), ...sizes, ...strides],
  };
}
