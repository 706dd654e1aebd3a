// Reads cotangents of a cell's results: the gradient of a loss with respect to each result.
import { UserError } from "../base/diagnostic.ts";
import type { GradientRequest } from "../grad/gradient.ts";
import { printInput, type Input } from "../graph/border.ts";
import { timeOf } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import type { Batch } from "../train/source.ts";
import { readInput } from "./arrays.ts";
import type { Compiled } from "./compiled.ts";
import { refuseNonFinite } from "./finite.ts";
import { refuseUnknown } from "./names.ts";
import { readEntries } from "./options.ts";
import { lastStates, namedOutputs, shownName } from "../train/outputs.ts";
import { describeBatch } from "./states.ts";
import type { Arrays } from "./types.ts";

/** The outputs at which a gradient starts. */
export interface Cotangents {
  /** Outputs of the graph with their cotangents; null means 1. */
  readonly from: GradientRequest["from"];
  /** The cotangents by the names of their inputs, in the order of the graph. */
  readonly arrays: ReadonlyMap<string, HostArray>;
}

interface Situation {
  readonly batch: Batch;
  readonly isSingle: boolean;
  readonly allowNonFinite: boolean;
}

/** Throws a UserError for a name that is not a result, and for an array whose shape is not that of the result. */
export function readCotangents<T>(
  model: Compiled<T>,
  given: Arrays,
  { batch, isSingle, allowNonFinite }: Situation,
): Cotangents {
  const carried = model.carried(false);
  const outputs = [...new Set([...namedOutputs(carried, model.definition), ...lastStates(carried)])];
  const entries = readEntries(given, "`cotangents`", "{ output: … }");
  refuseUnknown(entries.keys(), outputs.map(shownName), `\`${model.name}\` has no result`);
  if (entries.size === 0) throw new UserError("`cotangents` is empty: give one for a result, as `{ output: … }`");
  const sizes = new Map([...model.sizes.known, ...batch.sizes]);
  const from = new Map<string, Input<"cotangent">>();
  const arrays = new Map<string, HostArray>();
  for (const output of outputs) {
    const array = entries.get(shownName(output));
    if (array === undefined) continue;
    const { type } = carried.graph.output(output);
    const label = `cotangent of ${shownName(output)}`;
    const cotangentArray = readInput(array, type, label, sizes);
    checkShape(label, cotangentArray, { batch, isSingle });
    if (!allowNonFinite)
      refuseNonFinite(cotangentArray.array, { name: label, hasTime: timeOf(type) !== undefined, isSingle });
    const cotangent: Input<"cotangent"> = { kind: "cotangent", of: output };
    from.set(output, cotangent);
    arrays.set(printInput(cotangent), cotangentArray.array);
  }
  return { from, arrays };
}

function checkShape(
  label: string,
  { batch, steps }: ReturnType<typeof readInput>,
  expected: Pick<Situation, "batch" | "isSingle">,
): void {
  const { sizes } = expected.batch;
  const count = expected.isSingle ? null : (sizes.get("B") ?? 1);
  if (batch !== count)
    throw new UserError(`the ${label} is ${describeBatch(batch)}, but the inputs are ${describeBatch(count)}`);
  const ofInputs = sizes.get("T");
  if (steps !== null && steps !== ofInputs)
    throw new UserError(`the ${label} has ${steps} steps, but the inputs have ${ofInputs ?? 0}`);
}
