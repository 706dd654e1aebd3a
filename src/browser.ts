// The library in browsers, where nothing is read from disk: `use … from "cells"` and `"models"` are built in, checkpoints are bytes.
import { compileWith, type CompileOptions, type TargetOptions } from "./library/compile.ts";
import type { CompiledModel } from "./library/types.ts";
import { loadEmbedded } from "./shipped/embedded.ts";

export * from "./library/exports.ts";

/**
 * Compiles a spec for a target. Rejects with a `CompileError` for mistakes in the source (its message shows them all, with their
 * places), with a `UserError` for a wrong option or a target that is not there.
 */
export function compile(source: string, options: CompileOptions = {}): Promise<CompiledModel> {
  return compileWith(loadEmbedded, source, options);
}

/** Opens a trained model from the bytes of its `weights.safetensors`. Rejects with a `UserError` that says what is missing or wrong. */
export async function open(checkpoint: Uint8Array, options: TargetOptions = {}): Promise<CompiledModel> {
  const { openBytes } = await import("./library/checkpoint.ts");
  return openBytes(checkpoint, "the checkpoint", options);
}
