// The runtime of modules without vocabularies that do not write: `scripts/generate-runtime.ts` bundles it.
import { loadParts, type Contents, type LoadOptions } from "./load.ts";
import { Model } from "./model.ts";

export async function load(contents: Contents, options?: LoadOptions): Promise<Model> {
  return new Model(await loadParts(contents, options), null);
}
