// The results of a run of the benchmark, and their form in `bench/results.json`.
import { z } from "zod";

/** One contestant on one case. */
export const ROW = z.strictObject({
  /** `lstm-32-50-64-128`: cell, B, T, I, H; or a name. */
  case: z.string(),
  /** One update; one forward run; one step at B = 1; compiling from text to a ready program; all updates of an epoch. */
  what: z.enum(["train", "run", "step", "compile", "epoch"]),
  who: z.string(),
  threads: z.number().int().positive(),
  /** Milliseconds, the median of `samples` samples. */
  ms: z.number().positive(),
  samples: z.number().int().positive(),
  /** GFLOP/s; null for compile times. */
  gflops: z.number().positive().nullable(),
  /** The share of its ceiling on the same number of threads, measured in the same rounds; null if `gflops` is null or there is no such ceiling. */
  ceiling: z.number().positive().nullable(),
  /** Characters per second, if it reads text. */
  characters: z.number().positive().optional(),
  /** Present if it was measured later than the other rows. */
  commit: z.string().optional(),
});
export type Row = z.infer<typeof ROW>;
export type What = Row["what"];

/** The kernels that an update starts on a GPU. They do not depend on the machine, so they are counted on any WebGPU. */
export const LAUNCHES = z.strictObject({
  commit: z.string(),
  date: z.string(),
  rows: z.array(z.strictObject({ case: z.string(), who: z.string(), launches: z.number().int().positive() })),
});
export type Launches = z.infer<typeof LAUNCHES>;

export const RESULTS = z.strictObject({
  /** Processor × cores, memory, system. */
  machine: z.string(),
  commit: z.string(),
  date: z.string(),
  /** The versions of Node, V8 and the peers. */
  versions: z.record(z.string(), z.string()),
  /** GFLOP/s of the best tile in the first-level cache, as `wasm 1t`, `native 2t`: the median over all cases. */
  ceiling: z.array(z.strictObject({ name: z.string(), gflops: z.number().positive() })),
  /** Peers that are not installed, and how to install them. */
  missing: z.array(z.strictObject({ who: z.string(), install: z.string() })),
  /** Contestants that failed or did not compute the same; they have no row. */
  problems: z.array(z.string()),
  rows: z.array(ROW),
  /** Null if they were never counted. */
  launches: LAUNCHES.nullable(),
});
export type Results = z.infer<typeof RESULTS>;
