// The library in Node: `import { compile } from "recurra"`. Specs are read from disk, checkpoints are folders or bytes.
import { loadCheckpointBytes, saveWeights } from "./checkpoint/checkpoint-files.ts";
import { loadFromDisk } from "./shipped/specs.ts";
import { checkpointBytes, openBytes } from "./library/checkpoint.ts";
import { compileWith, type CompileOptions, type TargetOptions } from "./library/compile.ts";
import { gradcheckWith, type GradcheckOptions } from "./library/gradcheck.ts";
import { wrongValue } from "./library/options.ts";
import type { Arrays, CompiledModel } from "./library/types.ts";
import type { Flow, FlowOptions } from "./flow/flow.ts";
import type { Certificate } from "./gradcheck/certify.ts";

export type { Certificate, Check, Compared } from "./gradcheck/certify.ts";
export type { GradcheckOptions } from "./library/gradcheck.ts";
export type { Flow, FlowGate, FlowOptions, FlowState } from "./flow/flow.ts";
export type { FlowMatrices } from "./flow/matrices.ts";
export { dataFile } from "./library/data-file.ts";
export * from "./library/exports.ts";

/**
 * Compiles a spec for a target. Rejects with a `CompileError` for errors in the source (its message shows all of them with their places),
 * and with a `UserError` for a wrong option or an unknown target.
 */
export function compile(source: string, options: CompileOptions = {}): Promise<CompiledModel> {
  return compileWith(loadFromDisk, source, options);
}

/**
 * Opens a trained model: a folder from `recurra train --out` or `save`, or the bytes of its `weights.safetensors`. Rejects with a
 * `UserError` if something is missing or wrong.
 */
export async function open(checkpoint: string | Uint8Array, options: TargetOptions = {}): Promise<CompiledModel> {
  if (typeof checkpoint !== "string") return openBytes(checkpoint, "the checkpoint", options);
  const { file, bytes } = loadCheckpointBytes(checkpoint);
  return openBytes(bytes, file, options);
}

/** Writes `weights.safetensors` into a folder, and creates the folder if needed: for `open`, `recurra generate`, `recurra evaluate`. */
export async function save(model: CompiledModel, folder: string): Promise<void> {
  if (typeof folder !== "string" || folder === "")
    throw wrongValue("the folder of `save`", folder, "the path of a folder");
  saveWeights(folder, await checkpointBytes(model));
}

/**
 * Checks a cell or model without golden values, at small sizes: its gradient against central differences in float64, its loops against
 * their steps written out, steps and parts against a whole run, and targets against `reference`. Rejects as `compile` does.
 */
export function gradcheck(source: string, options: GradcheckOptions = {}): Promise<Certificate> {
  return gradcheckWith(loadFromDisk, source, options);
}

/**
 * How gradients travel through a cell or model that runs on `arrays`, as `model.run` takes them: sequences of at least two steps. Rejects
 * with a `UserError` as `start` and `gradients` do.
 */
export async function flow(model: CompiledModel, arrays: Arrays, options: FlowOptions = {}): Promise<Flow> {
  const { flow: compute } = await import("./flow/flow.ts");
  return compute(model, arrays, options);
}
