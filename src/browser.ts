// The library in browsers, without files: `use … from "cells"` and `"models"` are built in, checkpoints are bytes.
import { compileWith, type CompileOptions, type TargetOptions } from "./library/compile.ts";
import type { CompiledModel } from "./library/types.ts";

export * from "./library/exports.ts";

/**
 * Compiles a spec for a target. Rejects with a `CompileError` for errors in the source (its message shows all of them with their places),
 * and with a `UserError` for a wrong option or an unknown target.
 */
export async function compile(source: string, options: CompileOptions = {}): Promise<CompiledModel> {
  // The shipped specs are many, and a page needs few of them or none.
  const { loadEmbedded } = await import("./shipped/embedded.ts");
  return compileWith(loadEmbedded, source, options);
}

/** Opens a trained model from the bytes of its `weights.safetensors`. Rejects with a `UserError` if something is missing or wrong. */
export async function open(checkpoint: Uint8Array, options: TargetOptions = {}): Promise<CompiledModel> {
  const { openBytes } = await import("./library/checkpoint.ts");
  return openBytes(checkpoint, "the checkpoint", options);
}
