// Trained models on disk: a folder with `weights.safetensors`, `resume.safetensors` (weights, the optimiser's slots, carried states)
// and `settings.json` for people. What says how to read the arrays stands in the header of each file of arrays, and that is what is
// read: a file is replaced in one step, so it is always whole, whatever happens to the others.
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/diagnostic.ts";
import type { Source } from "../base/source.ts";
import type { Loader } from "../lang/scope.ts";
import type { HostArray } from "../targets/target.ts";
import { readBytes, writeAtomically } from "./files.ts";
import { readSafetensors, writeSafetensors, type Tensor } from "./safetensors.ts";

const DESCRIPTION = z.object({
  format: z.literal("recurra-checkpoint-2"),
  /** The spec and what it uses, as they were when training began: first the spec itself. */
  sources: z.array(z.object({ name: z.string(), asked: z.string(), text: z.string() })).min(1),
  model: z.string(),
  /** The model's arguments. */
  statics: z.record(z.string(), z.number()),
  /** Vocabularies by the name of their dimension. */
  vocabularies: z.record(z.string(), z.unknown()),
  /** How data are laid out for it. */
  layout: z.enum(["text", "rows"]),
  /** Sizes by name that the data gave. */
  sizes: z.record(z.string(), z.number()),
  settings: z.unknown(),
  target: z.string(),
  updates: z.number().int().nonnegative(),
});

export type Description = z.infer<typeof DESCRIPTION>;

const POINT = z.object({ update: z.number(), training: z.number().nullable(), validation: z.number().nullable() });

/** What a run that goes on needs beside its arrays. */
const RUN = z.object({
  data: z.object({
    training: z.string(),
    validation: z.string().optional(),
    minCount: z.number(),
    skipBad: z.boolean(),
  }),
  patience: z.number().optional(),
  saveEvery: z.number().optional(),
  standing: z.object({
    updates: z.number(),
    epoch: z.number(),
    index: z.number(),
    loss: z.number().nullable(),
    firstLoss: z.number().nullable(),
    history: z.array(POINT),
    best: z.number().nullable(),
    epochsSinceBest: z.number(),
  }),
});

export type RunDescription = z.infer<typeof RUN>;

export interface Checkpoint {
  readonly description: Description;
  readonly arrays: Arrays;
}

export interface StoredRun extends Checkpoint {
  readonly run: RunDescription;
}

type Arrays = ReadonlyMap<string, HostArray>;

const WEIGHTS = "weights.safetensors";
const RESUME = "resume.safetensors";

/** Writes weights into the folder `path`, which is made where it is missing. */
export function saveCheckpoint(path: string, { description, arrays }: Checkpoint): void {
  writeArrays(join(path, WEIGHTS), arrays, { recurra: JSON.stringify(description) });
}

/** Writes all that a run needs to go on, and its settings for people. */
export function saveRun(path: string, { description, arrays, run }: StoredRun): void {
  writeArrays(join(path, RESUME), arrays, { recurra: JSON.stringify(description), run: JSON.stringify(run) });
  writeAtomically(join(path, "settings.json"), `${JSON.stringify({ ...description, run }, null, 2)}\n`);
}

function writeArrays(file: string, arrays: Arrays, metadata: Readonly<Record<string, string>>): void {
  const tensors = new Map([...arrays].map(([name, array]) => [name, toTensor(array)]));
  writeAtomically(file, writeSafetensors({ tensors, metadata }));
}

function toTensor({ shape, data }: HostArray): Tensor {
  if (data instanceof Float64Array) return { dtype: "F64", shape, data };
  return data instanceof Int32Array ? { dtype: "I32", shape, data } : { dtype: "F32", shape, data };
}

/** Reads weights. Throws a UserError that says what is missing or wrong. */
export function loadCheckpoint(path: string): Checkpoint {
  const file = join(path, WEIGHTS);
  const { arrays, metadata } = readArrays(file);
  return { description: header(DESCRIPTION, metadata["recurra"], file), arrays };
}

/** Reads a run that is to go on. Throws a UserError that says what is missing or wrong. */
export function loadRun(path: string): StoredRun {
  const file = join(path, RESUME);
  const { arrays, metadata } = readArrays(file);
  return {
    description: header(DESCRIPTION, metadata["recurra"], file),
    run: header(RUN, metadata["run"], file),
    arrays,
  };
}

function readArrays(file: string): { readonly arrays: Arrays; readonly metadata: Readonly<Record<string, string>> } {
  const { tensors, metadata } = readSafetensors(readBytes(file), file);
  const arrays = new Map(
    [...tensors].map(([name, { shape, data, dtype }]): [string, HostArray] => [
      name,
      { dtype: dtype === "I32" ? "int" : "float", shape, data },
    ]),
  );
  return { arrays, metadata };
}

function header<T>(schema: z.ZodType<T>, stored: string | undefined, file: string): T {
  if (stored === undefined) throw new UserError(`${file}: these weights were not written by recurra`);
  const result = schema.safeParse(parsed(stored, file));
  if (result.success) return result.data;
  throw new UserError(
    `${file}: the settings in its header are not as they should be:\n${z.prettifyError(result.error)}`,
  );
}

function parsed(stored: string, file: string): unknown {
  try {
    return JSON.parse(stored);
  } catch {
    throw new UserError(`${file}: the settings in its header are no JSON`);
  }
}

/** A loader that remembers what it gave, so that a checkpoint can hold it. */
export function recording(load: Loader): { readonly load: Loader; readonly used: () => Description["sources"] } {
  const used = new Map<string, Description["sources"][number]>();
  return {
    load: (path, from) => {
      const sources = load(path, from);
      for (const { name, text } of sources) used.set(name, { name, asked: path, text });
      return sources;
    },
    used: () => [...used.values()],
  };
}

/** The spec of a checkpoint and the loader of what it used. */
export function sourcesOf(description: Description): { readonly source: Source; readonly load: Loader } {
  const [first, ...rest] = description.sources;
  if (first === undefined) throw new UserError("the checkpoint has no spec");
  return {
    source: { name: first.name, text: first.text },
    load: (path) => rest.filter(({ asked }) => asked === path).map(({ name, text }) => ({ name, text })),
  };
}
