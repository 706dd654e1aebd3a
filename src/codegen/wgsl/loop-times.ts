// How long a step of a loop takes on a large GPU, for each schedule that it may have: an estimate, to choose by and to tell. It is within a
// factor of 1.6 of what was measured of LSTM and LEM cells in slices, with 64 to 1024 units and batches of 16 and 64.
import type { LoopTask, Task } from "../../kernel/task.ts";
import { isInLoop } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import type { Slices } from "./slices.ts";

/** Measured on an H200 (Dawn on Vulkan, 2026-11-27). */
export const H200 = {
  name: "H200, 2026-11-27",
  /** µs of the host for a dispatch: that a pipeline and a bind group are set, too. */
  hostDispatch: 8,
  /** µs of the device for a dispatch that needs the one before. */
  dispatch: 2,
  /** µs of an exchange between workgroups of one dispatch: 0.3 to 1.2. */
  exchange: 0.7,
  /** µs of a task within a dispatch, with the barriers around it. */
  task: 0.25,
  /** Operations in a µs of products whose weights are in registers, on the whole device. */
  products: 33e6,
  /** The same of a product that is a dispatch of its own, of a few rows: 16 x 768 x 3072 in 107 µs. */
  productsAlone: 0.7e6,
  multiprocessors: 132,
  /** Bytes in a µs of weights that all workgroups read, from the second-level cache. */
  weights: 5e6,
  /** Bytes in a µs of weights that one workgroup reads at each step: 1.05 MB in 25.7 µs. */
  weightsOfOne: 41e3,
} as const;

/** µs of a step in one dispatch for all, with `slices.exchanges` meetings. */
export function timeInSlices(loop: LoopTask, slices: Slices): number {
  const exchanges = slices.exchanges * H200.exchange;
  return tasksOf(loop) * H200.task + exchanges + productTime(loop, slices);
}

/** µs of a step whose meetings are ends of dispatches. */
export function timeByFusedSteps(loop: LoopTask, slices: Slices): number {
  const { exchanges, groups } = slices;
  const read = (groups * 4 * weightsIn(loop)) / H200.weights;
  const device = exchanges * H200.dispatch + tasksOf(loop) * H200.task + read + productTime(loop, slices);
  return Math.max(exchanges * H200.hostDispatch, device);
}

/** µs of a step in which each task is a dispatch. */
export function timeBySteps(loop: LoopTask): number {
  const device = tasksOf(loop) * H200.dispatch + operationsIn(loop) / H200.productsAlone;
  return Math.max(tasksOf(loop) * H200.hostDispatch, device);
}

/** µs of a step for which each workgroup reads all weights. */
export function timeByExamples(loop: LoopTask): number {
  return tasksOf(loop) * H200.task + (4 * weightsIn(loop)) / H200.weightsOfOne;
}

/** The count of numbers that every workgroup reads at every turn: operands of products that depend neither on the turn nor on the example. */
export function weightsIn(loop: LoopTask): number {
  const weights = productsIn(loop).flatMap(({ reads, write }) =>
    write.shape.length === 2 ? reads.filter((view) => !isInLoop(view)).map((view) => countOf(view.shape)) : [],
  );
  return weights.reduce((sum, count) => sum + count, 0);
}

function productTime(loop: LoopTask, { slices, groups }: Slices): number {
  const share = Math.min(1, (slices * groups) / H200.multiprocessors);
  return operationsIn(loop) / (H200.products * share);
}

function operationsIn(loop: LoopTask): number {
  return productsIn(loop).reduce((sum, { flops }) => sum + flops, 0);
}

function productsIn(loop: LoopTask) {
  return loop.body.filter((task) => task.kind === "kernel").filter(({ work }) => work.name === "product");
}

/** Tasks that write something; an inner loop counts as often as it runs. */
function tasksOf(loop: LoopTask): number {
  const count = (task: Task): number => {
    if (task.kind === "loop") return task.times * tasksOf(task);
    const views = task.kind === "group" ? task.writes : [task.write];
    return views.some((view) => countOf(view.shape) > 0) ? 1 : 0;
  };
  return loop.body.reduce((sum, task) => sum + count(task), 0);
}
