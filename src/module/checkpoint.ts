// Trained models on disk: a folder with `weights.safetensors` (weights and the optimiser's slots) and `settings.json` beside it.
// The settings stand in the weights' header too, and that is what is read: one file, replaced in one step, is always whole.
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/diagnostic.ts";
import type { Source } from "../base/source.ts";
import type { Loader } from "../lang/scope.ts";
import type { HostArray } from "../targets/target.ts";
import { readBytes, writeAtomically } from "./files.ts";
import { readSafetensors, writeSafetensors, type Tensor } from "./safetensors.ts";

const DESCRIPTION = z.object({
  format: z.literal("recurra-checkpoint-1"),
  /** The spec and what it uses, as they were when training began: first the spec itself. */
  sources: z.array(z.object({ name: z.string(), asked: z.string(), text: z.string() })).min(1),
  model: z.string(),
  /** The model's arguments. */
  statics: z.record(z.string(), z.number()),
  /** Vocabularies by the name of their dimension. */
  vocabularies: z.record(z.string(), z.unknown()),
  settings: z.unknown(),
  target: z.string(),
  updates: z.number().int().nonnegative(),
  /** Losses in nats, as they were measured. */
  history: z.array(z.object({ update: z.number(), training: z.number(), validation: z.number().nullable() })),
});

export type Description = z.infer<typeof DESCRIPTION>;

export interface Checkpoint {
  readonly description: Description;
  readonly arrays: ReadonlyMap<string, HostArray>;
}

/** Writes a checkpoint into the folder `path`, which is made where it is missing. */
export function saveCheckpoint(path: string, { description, arrays }: Checkpoint): void {
  const tensors = new Map([...arrays].map(([name, array]) => [name, toTensor(array)]));
  const text = JSON.stringify(description);
  writeAtomically(join(path, "weights.safetensors"), writeSafetensors({ tensors, metadata: { recurra: text } }));
  writeAtomically(join(path, "settings.json"), `${JSON.stringify(description, null, 2)}\n`);
}

function toTensor({ shape, data }: HostArray): Tensor {
  if (data instanceof Float64Array) return { dtype: "F64", shape, data };
  return data instanceof Int32Array ? { dtype: "I32", shape, data } : { dtype: "F32", shape, data };
}

/** Reads a checkpoint. Throws a UserError that says what is missing or wrong. */
export function loadCheckpoint(path: string): Checkpoint {
  const file = join(path, "weights.safetensors");
  const { tensors, metadata } = readSafetensors(readBytes(file), file);
  const stored = metadata["recurra"];
  if (stored === undefined) throw new UserError(`${file}: these weights were not written by recurra`);
  const result = DESCRIPTION.safeParse(parsed(stored, file));
  if (!result.success)
    throw new UserError(
      `${file}: the settings in its header are not as they should be:\n${z.prettifyError(result.error)}`,
    );
  const arrays = new Map(
    [...tensors].map(([name, { shape, data, dtype }]) => [
      name,
      { dtype: dtype === "I32" ? ("int" as const) : ("float" as const), shape, data },
    ]),
  );
  return { description: result.data, arrays };
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
