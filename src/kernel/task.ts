// Tasks: the form of a program before it has addresses. A task reads views and writes one, or is a loop of tasks.
import type { Prefix } from "../ops/tensor-ops.ts";
import type { MapNode } from "./expression.ts";
import type { Storage, View } from "./view.ts";

/** The function of a kernel. A target chooses one of the forms of a product. */
export type Work =
  /** Reduces the axes `gone` of one operand. */
  | { readonly name: Reduction; readonly kept: readonly number[]; readonly gone: readonly number[] }
  /** Along the rows of `[rows, n]`. */
  | { readonly name: "softmax" | "logsoftmax" }
  | PrefixWork
  | ({ readonly name: "argmax" } & Blocks)
  /** Rows of a table `[n, width]` by a list of integers; one-hot rows of a list; rows added to those of a table of zeros by a list. */
  | { readonly name: "gather" | "onehot" | "scatter" }
  /** `[m, k] · [k, n]`, or a batch of them; panel packing of a weight, and a product with the panels; Aᵀ · B over many rows; small products. */
  | { readonly name: "product" | "pack" | "gemm" | "gemmTransposed" | "smallProduct" };

/** The operand is blocks `[rows, length · inner]`; the kernel runs along `length`. */
interface Blocks {
  readonly length: number;
  readonly inner: number;
}

export type PrefixWork = { readonly name: "prefix" } & Prefix & Blocks;

export type Reduction = "sum" | "max" | "min";

/** One element-wise function; its node refers to `reads` by index. */
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
  /** Whether it can start its sums with a third operand. */
  readonly sumsOnto?: boolean;
  /** Floating-point operations of the whole task. */
  readonly flops: number;
  /** Threads divide axis 0 of the result in multiples of this number. 0: the task cannot be divided. */
  readonly granularity: number;
  /** The size of what threads divide, if it is not axis 0 of the result. */
  readonly extent?: number;
  /** Whether the result must be dense. */
  readonly writesDense?: boolean;
  /** Temporary memory. */
  readonly scratch?: Storage;
  /** Indices of `reads` whose row i is needed for row i of the result only; a loop over examples must not write other operands. */
  readonly rowwise: readonly number[];
}

/** Maps of one shape that run as one kernel. */
export interface GroupTask {
  readonly kind: "group";
  readonly maps: readonly MapTask[];
  readonly reads: readonly View[];
  /** The results that other tasks read. */
  readonly writes: readonly View[];
}

export interface LoopTask {
  readonly kind: "loop";
  readonly times: number;
  readonly body: readonly Task[];
  readonly reads: readonly Storage[];
  readonly writes: readonly Storage[];
}

/** A task before fusing. */
export type Recorded = MapTask | KernelTask | (Omit<LoopTask, "body"> & { readonly body: readonly Recorded[] });

export type Task = KernelTask | GroupTask | LoopTask;

/** What a kernel computes, in a word or two. */
export function nameOfWork(work: Work): string {
  return work.name === "prefix" ? `prefix ${work.combine}` : work.name;
}
