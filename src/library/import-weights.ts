// `importWeights`: puts the weights of another system's file into a compiled cell or model. Few programs do: its code is loaded by the first
// call.
import { Compiled } from "./compiled.ts";
import { readSafely } from "./describe-value.ts";
import { OnDemand } from "./on-demand.ts";
import { wrongValue } from "./options.ts";
import type { CompiledModel } from "./types.ts";

export interface ImportOptions {
  /**
   * Where arrays belong that do not find their places by themselves: `"THEIRS=OURS"`, such as `"head.weight=logits.h"`,
   * `"kernel.T[0:64]=f.x"` or `"encoder.rnn=enc"`. `"THEIRS="` leaves an array out, `"=OURS"` keeps the first values of a weight.
   */
  readonly map?: readonly string[];
  /** The name of the file in messages. */
  readonly name?: string;
  /** Returns the content of a file beside an ONNX model that holds its weights; undefined where there is none. */
  readonly fileBeside?: (file: string) => Uint8Array | undefined;
}

/** A weight that was imported. */
export interface ImportedWeight {
  readonly weight: string;
  /** The names of the arrays that it is made of; none where it is 0, or keeps its first values. */
  readonly from: readonly string[];
}

const CODE = new OnDemand(() => import("./import-file.ts"));

/**
 * Puts the weights of a file into a model: a PyTorch `state_dict` or Keras weights as safetensors, or an ONNX model. Sizes that are not
 * known yet follow from the arrays. Rejects with a `UserError`, and changes nothing, if the file is damaged or something in it or in the
 * model has no counterpart: its message then lists what is left.
 */
export async function importWeights(
  model: CompiledModel,
  bytes: Uint8Array,
  options: ImportOptions = {},
): Promise<readonly ImportedWeight[]> {
  const label = "the first argument of `importWeights`";
  const compiled = readSafely(label, () => (model instanceof Compiled ? model : null));
  if (compiled === null) throw wrongValue(label, model, "a compiled cell or model");
  return compiled.access.whenLoaded(CODE, ({ importFile }) => importFile(compiled, bytes, options));
}
