// The runtime of modules that can train: `scripts/generate-runtime.ts` bundles it.
import { UserError } from "../../base/diagnostic.ts";
import { loadParts, type Contents, type LoadOptions } from "./load.ts";
import { TrainableModel } from "./trainable-model.ts";

export async function load(contents: Contents, options?: LoadOptions): Promise<TrainableModel> {
  const parts = await loadParts(contents, options);
  const { training, name } = parts.description;
  if (training === undefined) throw new UserError(`\`${name}\` was compiled without training`);
  return new TrainableModel(parts, training, contents.draw);
}
