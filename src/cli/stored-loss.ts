// The loss of a model on held-out data: with its own weights, and with the weights as a module stores them.
import { dataFile } from "../library/data-file.ts";
import type { CompiledModel } from "../library/types.ts";
import type { WeightType } from "../export/request.ts";
import { asStored } from "../module/store-weights.ts";
import { measuresText } from "./measures.ts";

/** A line for each kind of weights. Rejects with a UserError for data that do not fit. The model keeps its weights. */
export async function storedLoss(model: CompiledModel, path: string, type: WeightType): Promise<readonly string[]> {
  const data = dataFile(path);
  const line = async (of: WeightType): Promise<string> =>
    `held out, ${of.padEnd(4)} weights: ${measuresText(await model.evaluate({ data }))}`;
  const before = await line("f32");
  if (type === "f32") return [before];
  const weights = await model.weights();
  const stored = new Map([...weights].map(([name, array]) => [name, asStored(array, type)]));
  try {
    // A large weight is infinite as a 16-bit float. The loss then shows it.
    model.setWeights(stored, { allowNonFinite: true });
    return [before, await line(type)];
  } finally {
    model.setWeights(weights);
  }
}
