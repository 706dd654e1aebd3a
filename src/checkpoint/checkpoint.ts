// Trained models as bytes: arrays in the safetensors format. Its header has the spec, vocabularies, sizes and settings.
// `checkpoint-files.ts` reads and writes the files.
import * as z from "zod";
import { UserError } from "../base/diagnostic.ts";
import type { Source } from "../base/source.ts";
import type { Loader } from "../lang/scope.ts";
import type { HostArray } from "../targets/target.ts";
import { readSafetensors, writeSafetensors, type Tensor } from "./safetensors.ts";

const DESCRIPTION = z.object({
  format: z.literal("recurra-checkpoint-2"),
  /** The spec and the specs that it uses, as they were when training began. The spec itself is the first. */
  sources: z
    .array(z.object({ name: z.string(), asked: z.string(), from: z.string().optional(), text: z.string() }))
    .min(1),
  model: z.string(),
  /** The values of the model's parameters: numbers, and cells as they were given. */
  statics: z.record(z.string(), z.union([z.number(), z.string()])),
  /** Vocabularies by the name of their size. */
  vocabularies: z.record(z.string(), z.unknown()),
  /** How the data are read: as one running text, or as rows. */
  layout: z.enum(["text", "rows"]),
  /** The sizes that come from the data, by name. */
  sizes: z.record(z.string(), z.number()),
  /** The longest sequence of the training rows, by time. Absent in checkpoints of earlier versions, and for a text. */
  longest: z.record(z.string(), z.number()).optional(),
  settings: z.unknown(),
  target: z.string(),
  updates: z.number().int().nonnegative(),
});

export type Description = z.infer<typeof DESCRIPTION>;

const POINT = z.object({ update: z.number(), training: z.number().nullable(), validation: z.number().nullable() });

/** The size in bytes and the hash of a data file. */
const FINGERPRINT = z.object({ size: z.number(), sha256: z.string() });

/** What is needed to resume a run, apart from its arrays. */
const RUN = z.object({
  data: z.object({
    training: z.string(),
    validation: z.string().optional(),
    /** Absent in runs of earlier versions. */
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

/** The bytes of a file with all that is needed to resume a run. */
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

/** Reads bytes of `writeCheckpoint`. `file` is their name in messages. Throws a UserError that says what is missing or wrong. */
export function readCheckpoint(bytes: Uint8Array, file: string): Checkpoint {
  const { arrays, metadata } = readArrays(bytes, file);
  return { description: readHeader(DESCRIPTION, metadata["recurra"], file), arrays };
}

/** Reads bytes of `writeRun`. Throws a UserError that says what is missing or wrong. */
export function readRun(bytes: Uint8Array, file: string): StoredRun {
  const { arrays, metadata } = readArrays(bytes, file);
  return {
    description: readHeader(DESCRIPTION, metadata["recurra"], file),
    run: readHeader(RUN, metadata["run"], file),
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

function readHeader<T>(schema: z.ZodType<T>, stored: string | undefined, file: string): T {
  if (stored === undefined) throw new UserError(`${file}: these weights were not written by recurra`);
  const result = schema.safeParse(parseHeader(stored, file));
  if (result.success) return result.data;
  throw new UserError(`${file}: the settings in its header are not valid:\n${z.prettifyError(result.error)}`);
}

function parseHeader(stored: string, file: string): unknown {
  try {
    return JSON.parse(stored);
  } catch {
    throw new UserError(`${file}: the settings in its header are not JSON`);
  }
}

/** The spec of a checkpoint, and a loader of the specs that it uses. */
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
