// How a program runs on a GPU: its dispatches in order, and for each loop the schedule that suits it.
import { batchOfLoop } from "../../kernel/partition.ts";
import type { LoopTask, Task } from "../../kernel/task.ts";
import { isInLoop } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { taskOverDevice } from "./everywhere.ts";
import { chunkRoom, chunksOf, loneGroup, loopByElements, loopInChunks } from "./loop-elements.ts";
import { loopByExamples } from "./loop-examples.ts";
import type { Setting } from "./setting.ts";
import type { Shader } from "./shader.ts";

/** Shaders that run one after the other, so many times; `turns.x` is the number of the time. */
export interface Dispatches {
  readonly times: number;
  readonly shaders: readonly Shader[];
}

export type LoopSchedule = "by elements" | "in chunks" | "by examples" | "by steps";

/**
 * Weights that a workgroup would read at each turn and beyond which steps of their own are faster. An estimate, to be measured on
 * a GPU: a multiprocessor reads some 100 GB/s from the second-level cache, so 2 MB in 20 µs; a dispatch costs some 5 µs, a turn two.
 */
const MOST_WEIGHT_BYTES = 2e6;

/** How a loop runs, and why. */
export function scheduleOf(loop: LoopTask): { readonly schedule: LoopSchedule; readonly why: string } {
  const lone = loneGroup(loop);
  if (lone !== undefined) {
    const chunks = chunksOf(loop, lone);
    const why = "its elements depend on themselves only: an invocation for each, states in registers";
    if (chunks === 1) return { schedule: "by elements", why };
    return {
      schedule: "in chunks",
      why: `its states are linear, and its elements few: ${chunks} parts of its steps side by side`,
    };
  }
  if (batchOfLoop(loop) === 0) return { schedule: "by steps", why: "its examples do not go each its own way" };
  const bytes = 4 * weightsOf(loop);
  const size = bytes < 1e6 ? `${(bytes / 1e3).toPrecision(3)} kB` : `${(bytes / 1e6).toPrecision(3)} MB`;
  return bytes > MOST_WEIGHT_BYTES
    ? { schedule: "by steps", why: `its weights, ${size}, are too many for one workgroup to read at each step` }
    : {
        schedule: "by examples",
        why: `a workgroup takes its examples through all steps and reads ${size} of weights at each`,
      };
}

/** Numbers that every workgroup reads at every turn: operands of products that the turns do not change. */
function weightsOf(loop: LoopTask): number {
  const weights = loop.body.flatMap((task) =>
    task.kind === "kernel" && task.work.name === "product"
      ? task.reads.filter((view) => !isInLoop(view)).map((view) => countOf(view.shape))
      : [],
  );
  return weights.reduce((sum, count) => sum + count, 0);
}

export function dispatchesOf(tasks: readonly Task[], setting: Setting): readonly Dispatches[] {
  return tasks.flatMap((task): readonly Dispatches[] => {
    if (task.kind !== "loop") return isNothing(task) ? [] : [{ times: 1, shaders: taskOverDevice(task, setting) }];
    const shaders = ofLoop(task, setting);
    return shaders.length === 0 ? [] : [{ times: scheduleOf(task).schedule === "by steps" ? task.times : 1, shaders }];
  });
}

function ofLoop(loop: LoopTask, setting: Setting): readonly Shader[] {
  const { most, placeOf, room, grow } = setting;
  const lone = loneGroup(loop);
  const body = loop.body.filter((task) => task.kind !== "loop" && !isNothing(task));
  if (body.length === 0) return [];
  if (lone !== undefined) {
    const chunks = chunksOf(loop, lone);
    if (chunks === 1) return [loopByElements(loop, lone, placeOf)];
    grow(chunkRoom(lone, chunks));
    return loopInChunks(loop, lone, chunks, room, placeOf);
  }
  if (scheduleOf(loop).schedule === "by examples")
    return [loopByExamples({ ...loop, body }, batchOfLoop(loop), most, placeOf)];
  return body.flatMap((task) => (task.kind === "loop" ? [] : taskOverDevice(task, setting)));
}

/** Whether a task writes no element. */
function isNothing(task: Exclude<Task, LoopTask>): boolean {
  const views = task.kind === "group" ? task.writes : [task.write];
  return views.every((view) => countOf(view.shape) === 0);
}
