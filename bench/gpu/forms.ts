// Our forms on a GPU as what the benchmark asks of them: contestants, checks, golden files.
import type { Target } from "../../src/targets/target.ts";
import type { Contestant } from "../contestant.ts";
import type { Weights } from "../workload.ts";
import type { Measured } from "./cases.ts";
import { runOn, type Run } from "./check.ts";
import type { Gpus } from "./dawn.ts";
import { type Verify, verifyOn } from "./golden.ts";
import { ourRun, ourTraining } from "./ours.ts";

export interface Form {
  readonly who: string;
  readonly run: Run;
  readonly verify: Verify;
  contestant(measured: Measured, weights: Weights): Contestant;
}

export const FUSED = "recurra-fused";
/** Fused without loops in slices. */
export const WHOLE = "recurra-fused-whole";
export const OPS = "recurra-ops";

/** Beyond so many steps, tfjs' kernels one by one take seconds for an update. */
const LONGEST_OPS = 256;

export function formsOf(gpus: Gpus): { readonly fused: Form; readonly whole: Form; readonly ops: Form } {
  const settled = (): Promise<unknown> => gpus.backend.device.queue.onSubmittedWorkDone();
  const form = <T>(who: string, target: Target<T>): Form => ({
    who,
    run: runOn(target),
    verify: verifyOn(target),
    contestant: ({ what, load }, weights) =>
      what === "train" ? ourTraining(who, target, load, weights) : ourRun(who, target, load, weights, settled),
  });
  return { fused: form(FUSED, gpus.fused), whole: form(WHOLE, gpus.whole), ops: form(OPS, gpus.ops) };
}

/** The forms that are measured in turn. */
export function measuredForms({ fused, ops }: ReturnType<typeof formsOf>, { load }: Measured): readonly Form[] {
  return load.T > LONGEST_OPS ? [fused] : [fused, ops];
}
