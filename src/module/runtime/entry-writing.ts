// The runtime of modules with vocabularies, or that write: `scripts/generate-runtime.ts` bundles it.
import { loadParts, type Contents, type LoadOptions } from "./load.ts";
import { WritingModel } from "./writing-model.ts";

export async function load(contents: Contents, options?: LoadOptions): Promise<WritingModel> {
  return new WritingModel(await loadParts(contents, options), contents.draw);
}
