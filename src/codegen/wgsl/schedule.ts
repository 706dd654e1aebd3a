// The schedule of a program on a GPU: its dispatches in order, and the form of each loop.
import { fail } from "../../base/invariant.ts";
import type { LoopTask, Task } from "../../kernel/task.ts";
import { countOf } from "../../ops/nd.ts";
import { type Batch, batchesOf } from "./batches.ts";
import { joinedShaders } from "./joined.ts";
import { taskOverDevice } from "./over-device.ts";
import { loopByElements, loopInChunks } from "./loop-elements.ts";
import { loopAgainByExamples, loopByExamples } from "./loop-examples.ts";
import { planOf } from "./loop-plan.ts";
import { loopByFusedSteps, loopInSlices } from "./loop-slices.ts";
import type { ShaderContext } from "./shader-context.ts";
import type { Shader } from "./shader.ts";

/** Shaders that run one after the other, `times` times; `turns.x` is the index of the turn. */
export interface Dispatches {
  readonly times: number;
  readonly shaders: readonly Shader[];
}

/** Elements of which the temporary memory of a task begins at a multiple. */
const ROOM_ALIGNMENT = 16;

/** The tasks of a batch run side by side, and batches one after the other. */
export function dispatchesOf(batches: readonly Batch[], context: ShaderContext): readonly Dispatches[] {
  return batches.flatMap((batch): readonly Dispatches[] => {
    const ownContext = apart(context);
    const shaders = overDevice(
      batch.flatMap((task) => (task.kind === "loop" ? [] : [task])),
      ownContext,
    );
    const loops = batch.flatMap((task) => (task.kind === "loop" ? ofLoop(task, ownContext()) : []));
    return [...(shaders.length === 0 ? [] : [{ times: 1, shaders }]), ...loops];
  });
}

/** A function that returns a context for each task of a batch, with temporary memory of its own. */
function apart(context: ShaderContext): () => ShaderContext {
  let used = 0;
  return () => {
    const first = used;
    const grow = (count: number): void => {
      used = Math.max(used, first + ROOM_ALIGNMENT * Math.ceil(count / ROOM_ALIGNMENT));
      context.grow(used);
    };
    return { ...context, room: context.room + first, grow };
  };
}

function overDevice(tasks: readonly Exclude<Task, LoopTask>[], ownContext: () => ShaderContext): readonly Shader[] {
  return joinedShaders(tasks.flatMap((task) => (isNothing(task) ? [] : [taskOverDevice(task, ownContext())])));
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
      if (plan.fused !== null) return [{ times: loop.times + 1, shaders: loopByFusedSteps(loop, plan.fused, context) }];
      return [{ times: loop.times, shaders: batchesOf(body).flatMap((batch) => overDevice(batch, apart(context))) }];
  }
}

/** Whether a task writes no element. */
function isNothing(task: Exclude<Task, LoopTask>): boolean {
  const views = task.kind === "group" ? task.writes : [task.write];
  return views.every((view) => countOf(view.shape) === 0);
}
