// Trained models as bytes: arrays in the safetensors format, and in its header what says how to read them: the spec, vocabularies,
// sizes, settings. Nothing here touches a file: `checkpoint-files.ts` does.
import * as z from "zod";
import { UserError } from "../base/diagnostic.ts";
import type { Source } from "../base/source.ts";
import type { Loader } from "../lang/scope.ts";
import type { HostArray } from "../targets/target.ts";
import { readSafetensors, writeSafetensors, type Tensor } from "./safetensors.ts";

const DESCRIPTION = z.object({
  format: z.literal("recurra-checkpoint-2"),
  /** The spec and what it uses, as they were when training began: first the spec itself. */
  sources: z
    .array(z.object({ name: z.string(), asked: z.string(), from: z.string().optional(), text: z.string() }))
    .min(1),
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

/** Of a file of data. */
const FINGERPRINT = z.object({ size: z.number(), sha256: z.string() });

/** What a run that goes on needs beside its arrays. */
const RUN = z.object({
  data: z.object({
    training: z.string(),
    validation: z.string().optional(),
    /** What these files held; runs of earlier versions do not say. */
    fingerprints: z.object({ training: FINGERPRINT, validation: FINGERPRINT.optional() }).optional(),
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

/** The bytes of a file of weights. */
export function writeCheckpoint({ description, arrays }: Checkpoint): Uint8Array {
  return writeArrays(arrays, { recurra: JSON.stringify(description) });
}

/** The bytes of a file that holds all that a run needs to go on. */
export function writeRun({ description, arrays, run }: StoredRun): Uint8Array {
  return writeArrays(arrays, { recurra: JSON.stringify(description), run: JSON.stringify(run) });
}

function writeArrays(arrays: Arrays, metadata: Readonly<Record<string, string>>): Uint8Array {
  const tensors = new Map([...arrays].map(([name, array]) => [name, toTensor(array)]));
  return writeSafetensors({ tensors, metadata });
}

function toTensor({ shape, data }: HostArray): Tensor {
  if (data instanceof Float64Array) return { dtype: "F64", shape, data };
  return data instanceof Int32Array ? { dtype: "I32", shape, data } : { dtype: "F32", shape, data };
}

/** Reads what `writeCheckpoint` made. `file` is its name in messages. Throws a UserError that says what is missing or wrong. */
export function readCheckpoint(bytes: Uint8Array, file: string): Checkpoint {
  const { arrays, metadata } = readArrays(bytes, file);
  return { description: header(DESCRIPTION, metadata["recurra"], file), arrays };
}

/** Reads what `writeRun` made. Throws a UserError that says what is missing or wrong. */
export function readRun(bytes: Uint8Array, file: string): StoredRun {
  const { arrays, metadata } = readArrays(bytes, file);
  return {
    description: header(DESCRIPTION, metadata["recurra"], file),
    run: header(RUN, metadata["run"], file),
    arrays,
  };
}

function readArrays(
  bytes: Uint8Array,
  file: string,
): { readonly arrays: Arrays; readonly metadata: Readonly<Record<string, string>> } {
  const { tensors, metadata } = readSafetensors(bytes, file);
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

/** The spec of a checkpoint and the loader of what it used. */
export function sourcesOf(description: Description): { readonly source: Source; readonly load: Loader } {
  const [first, ...rest] = description.sources;
  if (first === undefined) throw new UserError("the checkpoint has no spec");
  return {
    source: { name: first.name, text: first.text },
    load: (path, { name: user }) =>
      rest
        .filter(({ asked, from = user }) => asked === path && from === user)
        .map(({ name, text }) => ({ name, text })),
  };
}
