// The schedule of a loop on a GPU, and the reason. Where several are possible, the predicted times decide (`loop-times.ts`).
import { bytesText } from "../../base/bytes-text.ts";
import { batchOfLoop } from "../../kernel/partition.ts";
import type { LoopTask } from "../../kernel/task.ts";
import { chunksOf, type Lone, loneGroup } from "./loop-elements.ts";
import { timeByExamples, timeByFusedSteps, timeBySteps, timeInSlices, weightsIn } from "./loop-times.ts";
import { MOST_LOOKS, type SliceLimits, type Slices, slicesOf } from "./slices.ts";

interface Told {
  readonly why: string;
  /** µs of a step, as predicted for an H200; null where nothing was measured. */
  readonly time: number | null;
}

/** The schedule of a loop, the reason, and the data for its shaders. */
export type LoopPlan =
  | (Told & { readonly schedule: "by elements"; readonly lone: Lone })
  | (Told & { readonly schedule: "in chunks"; readonly lone: Lone; readonly chunks: number })
  | (Told & { readonly schedule: "by examples"; readonly batch: number })
  | (Told & { readonly schedule: "in slices"; readonly batch: number; readonly slices: Slices })
  /** `fused`: each meeting of slices is the end of a dispatch; null: each task is a dispatch. */
  | (Told & { readonly schedule: "by steps"; readonly fused: Slices | null });

export type LoopSchedule = LoopPlan["schedule"];

/** What any device allows, where no workgroup waits for another one: more groups than this keep no device busier. */
export const WITHOUT_WAITING: SliceLimits = {
  resident: 128,
  most: 256,
  memory: 16_384,
  look: "atomicLoad",
  looks: MOST_LOOKS,
  waits: false,
};

/** `limits`: what the device allows of slices; null if no loop may run in slices. */
export function planOf(loop: LoopTask, limits: SliceLimits | null): LoopPlan {
  const lone = loneGroup(loop);
  if (lone !== undefined) {
    const chunks = chunksOf(loop, lone);
    const why = "its elements depend on themselves only: an invocation for each, states in registers";
    if (chunks === 1) return { schedule: "by elements", why, time: null, lone };
    const cut = `its states are linear, and its elements few: ${chunks} parts of its steps side by side`;
    return { schedule: "in chunks", why: cut, time: null, lone, chunks };
  }
  const batch = batchOfLoop(loop);
  const bySteps = { schedule: "by steps", time: timeBySteps(loop), fused: null } as const;
  if (batch === 0) return { ...bySteps, why: "its examples do not go each its own way" };
  const candidates = [...inSlices(loop, batch, limits), ...withoutWaiting(loop, batch, limits)];
  // A test wants slices, whatever they cost.
  if (limits?.slices !== undefined && candidates[0] !== undefined) return candidates[0];
  const size = bytesText(4 * weightsIn(loop));
  const byExamples = `a workgroup takes its examples through all steps and reads ${size} of weights at each`;
  const all: readonly LoopPlan[] = [
    ...candidates,
    { schedule: "by examples", why: byExamples, time: timeByExamples(loop), batch },
    { ...bySteps, why: `its weights, ${size}, are too many for one workgroup to read at each step` },
  ];
  return all.reduce((best, plan) => ((plan.time ?? 0) < (best.time ?? 0) ? plan : best));
}

function inSlices(loop: LoopTask, batch: number, limits: SliceLimits | null): readonly LoopPlan[] {
  if (limits === null) return [];
  const slices = slicesOf(loop, batch, limits.waits === false ? { slices: 1, ...limits } : limits);
  if (slices === undefined || (limits.waits === false && slices.exchanges > 0)) return [];
  const times = slices.exchanges === 0 ? "without an exchange" : `${counted(slices.exchanges, "exchange")} a step`;
  const why = `${cutText(slices)}, ${times}, ${weightsText(slices)} in registers`;
  return [{ schedule: "in slices", why, time: timeInSlices(loop, slices), batch, slices }];
}

/** The same where each meeting is the end of a dispatch: any number of slices. */
function withoutWaiting(loop: LoopTask, batch: number, limits: SliceLimits | null): readonly LoopPlan[] {
  const given = limits ?? WITHOUT_WAITING;
  const slices = slicesOf(loop, batch, { ...given, waits: false });
  if (slices === undefined || slices.exchanges === 0) return [];
  const why = `${cutText(slices)}, ${counted(slices.exchanges, "dispatch", "dispatches")} a step, ${weightsText(slices)}`;
  return [{ schedule: "by steps", why, time: timeByFusedSteps(loop, slices), fused: slices }];
}

function cutText({ slices, groups, rows, units, each }: Slices): string {
  const unitsText = slices === 1 ? `all ${units} units` : `slices of ${counted(each, "unit")}`;
  return `${slices} x ${groups} workgroups, ${unitsText} for groups of ${counted(rows, "example")}`;
}

function weightsText({ weights, slices }: Slices): string {
  return `${bytesText(4 * weights)} of weights${slices === 1 ? "" : " a slice"}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
