// The runtime of modules that predict nothing, such as those of cells: `scripts/generate-runtime.ts` bundles it.
import { loadParts, type Contents, type LoadOptions } from "./load.ts";
import { Model } from "./model.ts";

export async function load(contents: Contents, options?: LoadOptions): Promise<Model> {
  return new Model(await loadParts(contents, options), { texts: null, predict: (plain) => Object.fromEntries(plain) });
}
