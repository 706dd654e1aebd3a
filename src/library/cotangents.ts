// Cotangents of a cell's results, as a user gives them: what a loss changes by with each number of a result.
import { UserError } from "../base/diagnostic.ts";
import type { GradientRequest } from "../grad/gradient.ts";
import { printInput, type Input } from "../graph/border.ts";
import { timeOf } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import type { Batch } from "../train/source.ts";
import { placed } from "./arrays.ts";
import type { Compiled } from "./compiled.ts";
import { refuseNonFinite } from "./finite.ts";
import { refuseUnknown } from "./names.ts";
import { entriesOf } from "./options.ts";
import { namedOutputs, shownName } from "../train/outputs.ts";
import { countTold } from "./states.ts";
import type { Arrays } from "./types.ts";

/** Where a gradient starts. */
export interface Cotangents {
  /** Outputs of the graph, each with its cotangent, or null for 1. */
  readonly from: GradientRequest["from"];
  /** The cotangents by their names as inputs, in the order of the graph. */
  readonly arrays: ReadonlyMap<string, HostArray>;
}

interface Situation {
  readonly batch: Batch;
  readonly isSingle: boolean;
  readonly allowNonFinite: boolean;
}

/** Throws a UserError for a name that is not a result's, and for an array that has not the result's shape. */
export function placedCotangents<T>(
  model: Compiled<T>,
  given: Arrays,
  { batch, isSingle, allowNonFinite }: Situation,
): Cotangents {
  const outputs = namedOutputs(model.program, model.definition);
  const entries = entriesOf(given, "`cotangents`", "{ output: … }");
  refuseUnknown(entries.keys(), outputs.map(shownName), `\`${model.name}\` has no result`);
  if (entries.size === 0) throw new UserError("`cotangents` is empty: give one for a result, as `{ output: … }`");
  const sizes = new Map([...model.sizes.known, ...batch.sizes]);
  const from = new Map<string, Input<"cotangent">>();
  const arrays = new Map<string, HostArray>();
  for (const output of outputs) {
    const array = entries.get(shownName(output));
    if (array === undefined) continue;
    const { type } = model.program.graph.output(output);
    const told = `cotangent of ${shownName(output)}`;
    const put = placed(array, type, told, sizes);
    checkShape(told, put, { batch, isSingle });
    if (!allowNonFinite) refuseNonFinite(put.array, { name: told, hasTime: timeOf(type) !== undefined, isSingle });
    const cotangent: Input<"cotangent"> = { kind: "cotangent", of: output };
    from.set(output, cotangent);
    arrays.set(printInput(cotangent), put.array);
  }
  return { from, arrays };
}

function checkShape(
  told: string,
  { batch, steps }: ReturnType<typeof placed>,
  expected: Pick<Situation, "batch" | "isSingle">,
): void {
  const { sizes } = expected.batch;
  const count = expected.isSingle ? null : (sizes.get("B") ?? 1);
  if (batch !== count)
    throw new UserError(`the ${told} is ${countTold(batch)}, but the inputs are ${countTold(count)}`);
  const ofInputs = sizes.get("T");
  if (steps !== null && steps !== ofInputs)
    throw new UserError(`the ${told} has ${steps} steps, but the inputs have ${ofInputs ?? 0}`);
}
