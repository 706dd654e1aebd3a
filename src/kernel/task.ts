// What a traced program consists of before it is laid out in memory: tasks that read views and write one, or loops of tasks.
import type { Prefix } from "../ops/tensor-ops.ts";
import type { MapNode } from "./expression.ts";
import type { Storage, View } from "./view.ts";

/** What a kernel computes of its operands. The forms of a product are those that targets choose among. */
export type Work =
  /** Of one operand, whose axes `kept` stay. */
  | { readonly name: Reduction; readonly kept: readonly number[]; readonly gone: readonly number[] }
  /** Along the lines of `[rows, n]`. */
  | { readonly name: "softmax" | "logsoftmax" }
  | PrefixWork
  | ({ readonly name: "argmax" } & Blocks)
  /** Rows of a table `[n, width]` by a list of integers; a list of integers as rows. */
  | { readonly name: "gather" | "onehot" }
  /** `[m, k] · [k, n]`, or many of them; the panels of a weight, and a product with them; one over many rows of both. */
  | { readonly name: "product" | "pack" | "gemm" | "gemmTransposed" | "smallProduct" };

/** The operand is blocks `[rows, length · inner]`; the kernel runs along `length`. */
interface Blocks {
  readonly length: number;
  readonly inner: number;
}

export type PrefixWork = { readonly name: "prefix" } & Prefix & Blocks;

export type Reduction = "sum" | "max" | "min";

/** One element-wise function; its node reads the task's operands by their positions. */
export interface MapTask {
  readonly kind: "map";
  readonly node: MapNode;
  readonly reads: readonly View[];
  write: View;
}

export interface KernelTask {
  readonly kind: "kernel";
  readonly work: Work;
  readonly reads: readonly View[];
  write: View;
  /** Whether it sums onto a third operand, where there is one. */
  readonly sumsOnto?: boolean;
  /** Floating-point operations of the whole. */
  readonly flops: number;
  /** Rows of the written view's axis 0 that can be made apart from each other, in steps of so many. 0: it is made as a whole. */
  readonly granularity: number;
  /** What is divided instead of axis 0, where there is something better: so many steps. */
  readonly extent?: number;
  /** Whether it can only write without gaps. */
  readonly writesDense?: boolean;
  /** Memory that it needs while it runs. */
  readonly scratch?: Storage;
  /** Operands whose axis 0 runs with the result's, by position in `reads`; others must not be made in the same loop. */
  readonly rowwise: readonly number[];
}

/** Maps of one shape as one kernel. */
export interface GroupTask {
  readonly kind: "group";
  readonly maps: readonly MapTask[];
  readonly reads: readonly View[];
  /** Those results that others read. */
  readonly writes: readonly View[];
}

export interface LoopTask {
  readonly kind: "loop";
  readonly times: number;
  readonly body: readonly Task[];
  readonly reads: readonly Storage[];
  readonly writes: readonly Storage[];
}

/** As recorded. */
export type Recorded = MapTask | KernelTask | (Omit<LoopTask, "body"> & { readonly body: readonly Recorded[] });

export type Task = KernelTask | GroupTask | LoopTask;

/** What a kernel computes, in a word or two. */
export function nameOfWork(work: Work): string {
  return work.name === "prefix" ? `prefix ${work.combine}` : work.name;
}
