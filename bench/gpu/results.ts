// The results of a run on a GPU, and their form in `bench/gpu/results.json`.
import { z } from "zod";
import { ROW } from "../results.ts";

export const GPU_RESULTS = z.strictObject({
  /** The adapter that WebGPU found; where that is a program on the processor, it says so. */
  device: z.string(),
  isSoftware: z.boolean(),
  /** Processor × cores, memory, system. */
  machine: z.string(),
  commit: z.string(),
  date: z.string(),
  versions: z.record(z.string(), z.string()),
  /** Forward values and gradients beside the reference's: the largest error of a tensor, as a part of its largest element. */
  checks: z.array(
    z.strictObject({
      case: z.string(),
      who: z.string(),
      forward: z.number().nullable(),
      gradient: z.number().nullable(),
      isRight: z.boolean(),
    }),
  ),
  /** What was not measured, and why. */
  missing: z.array(z.string()),
  /** Who failed or did not compute the same; they have no row. */
  problems: z.array(z.string()),
  rows: z.array(ROW),
  /** Of one update: milliseconds on the device by kernel, where asked for. */
  profiles: z.array(
    z.strictObject({
      case: z.string(),
      who: z.string(),
      kernels: z.array(z.strictObject({ name: z.string(), launches: z.number().int(), ms: z.number() })),
    }),
  ),
});
export type GpuResults = z.infer<typeof GPU_RESULTS>;
export type Check = GpuResults["checks"][number];
export type Profile = GpuResults["profiles"][number];
