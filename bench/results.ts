// The results of a run of the benchmark, and their form in `bench/results.json`.
import { z } from "zod";

/** One contestant on one case. */
export const ROW = z.strictObject({
  /** `lstm-32-50-64-128`: cell, B, T, I, H; or a name. */
  case: z.string(),
  /** An update; a forward run; one step at B = 1; from text to a ready program; all updates of an epoch. */
  what: z.enum(["train", "run", "step", "compile", "epoch"]),
  who: z.string(),
  threads: z.number().int().positive(),
  /** Milliseconds, the median of so many samples. */
  ms: z.number().positive(),
  samples: z.number().int().positive(),
  /** GFLOP/s; null where what is measured is no arithmetic. */
  gflops: z.number().positive().nullable(),
  /** The share of what the machine's best tile reaches on as many threads, measured in the same turns; null where `gflops` is. */
  ceiling: z.number().positive().nullable(),
  /** Of text: characters a second. */
  characters: z.number().positive().optional(),
  /** Where it was measured later than the rest. */
  commit: z.string().optional(),
});
export type Row = z.infer<typeof ROW>;
export type What = Row["what"];

/** Kernels that an update starts on a GPU. They do not depend on the machine, and are counted where there is any WebGPU. */
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
  /** Of Node, V8 and the peers. */
  versions: z.record(z.string(), z.string()),
  /** GFLOP/s of the best tile in the first-level cache, by threads: the median over all cases. */
  ceiling: z.array(z.strictObject({ threads: z.number().int().positive(), gflops: z.number().positive() })),
  /** Peers that are not installed, and how to. */
  missing: z.array(z.strictObject({ who: z.string(), install: z.string() })),
  /** Contestants that failed or did not compute the same; they have no row. */
  problems: z.array(z.string()),
  rows: z.array(ROW),
  /** Null where they were never counted. */
  launches: LAUNCHES.nullable(),
});
export type Results = z.infer<typeof RESULTS>;
