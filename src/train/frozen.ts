// When so many weights are frozen that nothing is left to train. A model without any weight trains: its loss is of use by itself.
import { UserError } from "../base/diagnostic.ts";
import type { Program } from "../lang/elaborate/program.ts";

/** Throws a UserError if the model has weights, and the frozen ones (by default those of the spec) are all of them. */
export function refuseAllFrozen({ name, parameters }: Program, frozen = frozenInSpec(parameters)): void {
  if (frozen.length > 0 && frozen.length === parameters.length)
    throw new UserError(`all weights of \`${name}\` are frozen, so there is nothing to train`);
}

function frozenInSpec(parameters: Program["parameters"]): readonly string[] {
  return parameters.filter(({ learning }) => learning.isFrozen).map(({ name }) => name);
}
