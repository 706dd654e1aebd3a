// The results of a run, by their names for users.
import { fail } from "../base/invariant.ts";
import { outputOf, shownOutput } from "../lang/elaborate/predict.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { timeName, timeOf, withoutTime } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { likeliestTokens, probabilities } from "../train/from-logits.ts";
import { labelArray } from "../train/likeliest-labels.ts";
import { logitsName, shownName } from "../train/outputs.ts";
import type { Batch } from "../train/source.ts";
import { stepsOfRow } from "../train/steps-of-row.ts";
import { toBatchFirst } from "./arrays.ts";
import type { NumberArray } from "./given.ts";
import type { Results } from "./types.ts";

interface ResultForm {
  readonly isSingle: boolean;
  readonly isStep: boolean;
  /** Of the batch, with the lengths of ragged sequences. */
  readonly arrays?: Batch["arrays"];
}

/** `isStep`: the arrays have one step, and their time axis is removed. */
export function resultsOf(
  program: Program,
  found: ReadonlyMap<string, HostArray>,
  { isSingle, isStep, arrays = new Map() }: ResultForm,
): Results {
  const results: Record<string, NumberArray> = {};
  const user = (name: string): NumberArray => {
    const array = found.get(name) ?? fail("library", `no result ${name}`);
    const { type } = program.graph.output(name);
    if (!isStep || timeOf(type) === undefined) return toBatchFirst(array, type, isSingle);
    return toBatchFirst({ ...array, shape: array.shape.slice(1) }, withoutTime(type), isSingle);
  };
  if (program.predictions.length === 0) {
    for (const name of found.keys()) results[shownName(name)] = user(name);
    return results;
  }
  for (const { name, kind } of program.predictions) {
    const output = outputOf({ kind, name });
    const given = user(output);
    if (kind === "number") {
      results[name] = given;
      continue;
    }
    results[logitsName(name)] = given;
    // At a step, labels by ctc are not known yet: the likeliest token of the path is given, where V is the blank.
    if (kind === "labels" && !isStep) {
      const time = timeName(program.graph.output(output).type) ?? "";
      results[name] = labelArray(given, (example) => stepsOfRow(arrays, time, example));
    } else results[name] = kind === "binary" ? probabilities(given) : likeliestTokens(given);
  }
  for (const name of program.shown) results[name] = user(shownOutput(name));
  return results;
}
