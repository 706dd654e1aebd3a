// The schedules of a graph's loops, as data and as text: on any device, and on a large GPU where workgroups can wait for each other.
import type { Graph } from "../../graph/graph.ts";
import { fuse } from "../../kernel/fuse.ts";
import { record } from "../../kernel/record.ts";
import type { Task } from "../../kernel/task.ts";
import type { Sizes } from "../../shape/dim.ts";
import { type LoopPlan, type LoopSchedule, planOf } from "./loop-plan.ts";
import { H200 } from "./loop-times.ts";
import { matmul } from "./matmul.ts";
import { MOST_LOOKS, type SliceLimits } from "./slices.ts";

/** The probe says what a device really allows. */
export const LARGE_GPU: SliceLimits = {
  resident: 128,
  most: 512,
  memory: 32_768,
  look: "atomicLoad",
  looks: MOST_LOOKS,
};

/** How a loop is cut. */
interface Cut {
  readonly slices: number;
  readonly groups: number;
  /** Exchanges, or dispatches, of a step. */
  readonly exchanges: number;
  /** Bytes of the weights of a slice. */
  readonly weightBytes: number;
}

export interface ExplainedSchedule {
  readonly schedule: LoopSchedule;
  readonly why: string;
  /** Null if it is not cut into slices. */
  readonly cut: Cut | null;
  /** Predicted µs of a step; null where nothing was measured that predicts it. */
  readonly microseconds: number | null;
}

export interface ExplainedLoop extends ExplainedSchedule {
  readonly times: number;
  /** Its schedule on a large GPU where workgroups can wait for each other; null if it is the same. */
  readonly onLargeGpu: ExplainedSchedule | null;
}

/** The schedule of each loop of a graph, in order. */
export function explainLoops(graph: Graph, sizes: Sizes): readonly ExplainedLoop[] {
  return explainTasks(fuse(record(graph, sizes, matmul).tasks));
}

export function explainTasks(tasks: readonly Task[]): readonly ExplainedLoop[] {
  return tasks
    .filter((task) => task.kind === "loop")
    .map((loop) => {
      const [anywhere, onLarge] = [planOf(loop, null), planOf(loop, LARGE_GPU)];
      const isSame = onLarge.schedule === anywhere.schedule;
      return { times: loop.times, ...explained(anywhere), onLargeGpu: isSame ? null : explained(onLarge) };
    });
}

function explained(plan: LoopPlan): ExplainedSchedule {
  const { schedule, why, time } = plan;
  const slices = plan.schedule === "in slices" ? plan.slices : plan.schedule === "by steps" ? plan.fused : null;
  const cut =
    slices === null
      ? null
      : {
          slices: slices.slices,
          groups: slices.groups,
          exchanges: slices.exchanges,
          weightBytes: 4 * slices.weights,
        };
  return { schedule, why, cut, microseconds: time };
}

/** One or two lines for each loop, and one that says where predicted times are from. */
export function loopLines(loops: readonly ExplainedLoop[]): readonly string[] {
  const lines = loops.flatMap(({ onLargeGpu, ...anywhere }) => [
    `  ${scheduleText(anywhere)}`,
    ...(onLargeGpu === null
      ? []
      : [`    on a large GPU where workgroups can wait for each other, ${scheduleText(onLargeGpu)}`]),
  ]);
  const isPredicted = loops.some((loop) => (loop.onLargeGpu ?? loop).microseconds !== null);
  return isPredicted ? [...lines, `  times are predicted from ${constantsText()}`] : lines;
}

function scheduleText({ schedule, why, microseconds }: ExplainedSchedule): string {
  const time = microseconds === null ? "" : `; some ${Number(microseconds.toPrecision(2))} µs a step`;
  return `${schedule}: ${why}${time}`;
}

function constantsText(): string {
  const { name, dispatch, hostDispatch, exchange, task, products, weights, weightsOfOne } = H200;
  return [
    `what was measured on one device (${name}): ${dispatch} µs a dispatch and ${hostDispatch} of the host`,
    `${exchange} µs an exchange`,
    `${task} µs a task`,
    `products at ${products / 1e6} TFLOP/s`,
    `weights read at ${weights / 1e6} TB/s by all workgroups and ${weightsOfOne / 1e3} GB/s by one`,
  ].join(", ");
}
