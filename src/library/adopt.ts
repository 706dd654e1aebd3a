// Before training, a model takes over what its data define: vocabularies, sizes, a layout. It keeps them afterwards.
import { UserError } from "../base/diagnostic.ts";
import { storeSettings } from "../train/stored-settings.ts";
import type { Compiled } from "./compiled.ts";
import type { FitPlan } from "./fit-plan.ts";
import { refuseHugeWeights } from "./initial-weight.ts";

/** Throws a UserError and changes nothing if sizes of the data and the model differ, or if the weights would not fit into memory. */
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
  const { longest } = data;
  model.origin = {
    ...model.origin,
    layout,
    settings: storeSettings(settings),
    ...(longest.size === 0 ? {} : { longest }),
  };
}
