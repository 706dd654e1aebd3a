// The results of a run on a GPU, and their form in `bench/gpu/results.json`.
import { z } from "zod";
import { ROW } from "../results.ts";

export const GPU_RESULTS = z.strictObject({
  /** The adapter that WebGPU found, with a note if it is software. */
  device: z.string(),
  isSoftware: z.boolean(),
  /** Processor × cores, memory, system. */
  machine: z.string(),
  commit: z.string(),
  date: z.string(),
  versions: z.record(z.string(), z.string()),
  /** Forward values and gradients compared with the reference: the largest error of a tensor, relative to its largest element. */
  checks: z.array(
    z.strictObject({
      case: z.string(),
      who: z.string(),
      forward: z.number().nullable(),
      gradient: z.number().nullable(),
      isRight: z.boolean(),
    }),
  ),
  /** What could not be measured, and why. */
  missing: z.array(z.string()),
  /** Contestants that failed or computed other values; they have no row. */
  problems: z.array(z.string()),
  /** Cases for which there was no time. */
  skipped: z.array(z.string()).default([]),
  rows: z.array(ROW),
  /** With `--profile`: the milliseconds of each kernel in one update. */
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
