// The runtime of modules that predict, but have no vocabularies and do not write: `scripts/generate-runtime.ts` bundles it.
import { loadParts, type Contents, type LoadOptions } from "./load.ts";
import { Model } from "./model.ts";
import { predictor } from "./predictions.ts";

export async function load(contents: Contents, options?: LoadOptions): Promise<Model> {
  const parts = await loadParts(contents, options);
  return new Model(parts, { texts: null, predict: predictor(parts.description.predictions, null, parts.labels) });
}
