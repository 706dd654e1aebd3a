// What data give a model that is to be trained on them: vocabularies, sizes, a layout. It keeps them.
import { UserError } from "../base/diagnostic.ts";
import { storeSettings } from "../train/stored-settings.ts";
import type { Compiled } from "./compiled.ts";
import type { FitPlan } from "./fit-plan.ts";
import { refuseHugeWeights } from "./initial-weight.ts";

/** Throws a UserError, and changes nothing, where the data have other sizes than the model, or its weights would not fit into memory. */
export function adopt<T>(model: Compiled<T>, { model: { layout }, settings, data }: FitPlan): void {
  const { known } = model.sizes;
  for (const [size, found] of data.sizes) {
    const before = known.get(size);
    if (before !== undefined && before !== found)
      throw new UserError(`the size ${size} of \`${model.name}\` is ${before}, but these data have ${found}`);
  }
  refuseHugeWeights(model, new Map([...known, ...data.sizes]));
  for (const [size, found] of data.sizes) known.set(size, found);
  for (const [name, vocabulary] of data.vocabularies) model.vocabularies.set(name, vocabulary);
  model.origin = { ...model.origin, layout, settings: storeSettings(settings) };
}
