// The schedule of a program on a GPU: its dispatches in order, and the form of each loop.
import { fail } from "../../base/invariant.ts";
import { batchOfLoop } from "../../kernel/partition.ts";
import type { LoopTask, Task } from "../../kernel/task.ts";
import { isInLoop } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { taskOverDevice } from "./over-device.ts";
import { chunksOf, type Lone, loneGroup, loopByElements, loopInChunks } from "./loop-elements.ts";
import { loopAgainByExamples, loopByExamples } from "./loop-examples.ts";
import { loopInSlices } from "./loop-slices.ts";
import type { ShaderContext } from "./shader-context.ts";
import type { Shader } from "./shader.ts";
import { type SliceLimits, type Slices, slicesOf } from "./slices.ts";

/** Shaders that run one after the other, `times` times; `turns.x` is the index of the turn. */
export interface Dispatches {
  readonly times: number;
  readonly shaders: readonly Shader[];
}

/**
 * The most weights that a workgroup should read at each turn; with more, a dispatch for each step is faster. An estimate, to be
 * measured on a GPU: a multiprocessor reads some 100 GB/s from the second-level cache, so 2 MB in 20 µs; a dispatch costs some 5 µs, a turn two.
 */
const MOST_WEIGHT_BYTES = 2e6;

interface Told {
  readonly why: string;
}

/** The schedule of a loop, the reason, and the data for its shaders. */
export type LoopPlan =
  | (Told & { readonly schedule: "by elements"; readonly lone: Lone })
  | (Told & { readonly schedule: "in chunks"; readonly lone: Lone; readonly chunks: number })
  | (Told & { readonly schedule: "by examples"; readonly batch: number })
  | (Told & { readonly schedule: "in slices"; readonly batch: number; readonly slices: Slices })
  | (Told & { readonly schedule: "by steps" });

export type LoopSchedule = LoopPlan["schedule"];

/** `limits`: what the device allows of slices; null if they are not used. */
export function planOf(loop: LoopTask, limits: SliceLimits | null): LoopPlan {
  const lone = loneGroup(loop);
  if (lone !== undefined) {
    const chunks = chunksOf(loop, lone);
    const why = "its elements depend on themselves only: an invocation for each, states in registers";
    if (chunks === 1) return { schedule: "by elements", why, lone };
    const cut = `its states are linear, and its elements few: ${chunks} parts of its steps side by side`;
    return { schedule: "in chunks", why: cut, lone, chunks };
  }
  const batch = batchOfLoop(loop);
  if (batch === 0) return { schedule: "by steps", why: "its examples do not go each its own way" };
  const bytes = 4 * weightsOf(loop);
  const slices = limits === null ? undefined : slicesOf(loop, batch, limits);
  const size = bytes < 1e6 ? `${(bytes / 1e3).toPrecision(3)} kB` : `${(bytes / 1e6).toPrecision(3)} MB`;
  if (slices !== undefined)
    return { schedule: "in slices", why: `${cutText(slices)}, with its weights, ${size}, in registers`, batch, slices };
  if (bytes > MOST_WEIGHT_BYTES)
    return { schedule: "by steps", why: `its weights, ${size}, are too many for one workgroup to read at each step` };
  const why = `a workgroup takes its examples through all steps and reads ${size} of weights at each`;
  return { schedule: "by examples", why, batch };
}

/** How a loop is cut, and how often slices meet. */
function cutText({ slices, groups, rows, units, each, exchanges }: Slices): string {
  const times =
    exchanges === 0 ? "without an exchange" : `${exchanges} ${exchanges === 1 ? "exchange" : "exchanges"} a step`;
  return `${slices} x ${groups} workgroups, ${slices === 1 ? `${units} units in one slice` : `slices of ${each} units`} for groups of ${rows} examples, ${times}`;
}

/** The count of numbers that every workgroup reads at every turn: operands of products that do not depend on the turn or the example. */
function weightsOf(loop: LoopTask): number {
  const weights = loop.body.flatMap((task) =>
    task.kind === "kernel" && task.work.name === "product" && task.write.shape.length === 2
      ? task.reads.filter((view) => !isInLoop(view)).map((view) => countOf(view.shape))
      : [],
  );
  return weights.reduce((sum, count) => sum + count, 0);
}

export function dispatchesOf(tasks: readonly Task[], context: ShaderContext): readonly Dispatches[] {
  return tasks.flatMap((task): readonly Dispatches[] => {
    if (task.kind === "loop") return ofLoop(task, context);
    return isNothing(task) ? [] : [{ times: 1, shaders: taskOverDevice(task, context) }];
  });
}

function ofLoop(loop: LoopTask, context: ShaderContext): readonly Dispatches[] {
  const { most, placeOf } = context;
  const body = loop.body.flatMap((task) => (task.kind === "loop" || isNothing(task) ? [] : [task]));
  if (body.length === 0) return [];
  const plan = planOf(loop, context.slices);
  switch (plan.schedule) {
    case "by elements":
      return [{ times: 1, shaders: [loopByElements(loop, plan.lone, placeOf)] }];
    case "in chunks":
      return [{ times: 1, shaders: loopInChunks(loop, plan.lone, plan.chunks, context) }];
    case "by examples":
      return [{ times: 1, shaders: [loopByExamples({ ...loop, body }, plan.batch, most, placeOf)] }];
    case "in slices": {
      const inSlices = loopInSlices(loop, plan.slices, context.slices ?? fail("wgsl", "no limits of slices"), context);
      if (plan.slices.slices === 1) return [{ times: 1, shaders: [inSlices] }];
      return [{ times: 1, shaders: [inSlices, loopAgainByExamples({ ...loop, body }, plan.batch, most, placeOf)] }];
    }
    case "by steps":
      return [{ times: loop.times, shaders: body.flatMap((task) => taskOverDevice(task, context)) }];
  }
}

/** Whether a task writes no element. */
function isNothing(task: Exclude<Task, LoopTask>): boolean {
  const views = task.kind === "group" ? task.writes : [task.write];
  return views.every((view) => countOf(view.shape) === 0);
}
