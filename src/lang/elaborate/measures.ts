// Measures of a prediction beside its loss: accuracy, sequences that are right as a whole, the mean absolute error.
// Scalars of the graph; they are built only if they are requested.
import type { Measure } from "../../graph/border.ts";
import { meanOverElements, meanOverSteps, stepsOf, type Pair, type Steps } from "./loss.ts";
import { absoluteError } from "./loss-formulas.ts";
import type { LossForm } from "./losses.ts";
import type { Unit } from "./scaled.ts";
import type { Elaboration } from "./context.ts";

interface Measured {
  readonly form: LossForm;
  readonly pair: Pair;
  readonly steps: Steps;
  /** Whether the loss is the mean over all steps. */
  readonly isPlain: boolean;
  /** Of the data, if the target is standardised. */
  readonly unit: Unit | undefined;
}

export function measuresOf(
  context: Elaboration,
  { form, pair, steps, isPlain, unit }: Measured,
): ReadonlyMap<Measure, string> {
  const found = new Map<Measure, string>([["count", steps.count]]);
  const add = (name: Measure, each: string): void => void found.set(name, meanOverSteps(context, each, steps));
  if (pair.kind === "number") {
    if (form.covered !== undefined) add("covered", form.covered(pair));
    else {
      const right = unit === undefined ? pair.target : unit.value(pair.target);
      add("error", absoluteError(context, { from: form.value?.(pair.from) ?? pair.from, target: right }));
    }
    if (form.within !== undefined) {
      add("inone", form.within(pair, 1));
      add("intwo", form.within(pair, 2));
    }
    return found;
  }
  // The labels of the likeliest path are compared where they are read off (`train/measure.ts`).
  if (pair.kind === "labels") return found;
  const right = pair.kind === "token" ? likeliestIsRight(context, pair) : sideIsRight(context, pair);
  add("accuracy", right);
  if (pair.kind === "binary") add("decided", isDecided(context, pair));
  if (pair.kind === "token" && (form.entropy !== undefined || !isPlain)) add("nats", (form.entropy ?? form.at)(pair));
  if (pair.kind === "token" && context.options.ragged && steps.time !== null)
    for (const [name, id] of wholeIsRight(context, right, steps)) found.set(name, id);
  return found;
}

/** 1 if the likeliest token is the target, otherwise 0. */
function likeliestIsRight({ build }: Elaboration, { from, target }: Pair): string {
  const likeliest = build.op("argmax", [from], { axis: -1 });
  return build.op("eq", [asFloat(build, likeliest), asFloat(build, target)]);
}

function asFloat(build: Elaboration["build"], id: string): string {
  return build.type(id).dtype === "int" ? build.op("float", [id]) : id;
}

/** The share of elements whose probability is on the same side of 1/2 as the target. */
function sideIsRight(context: Elaboration, { from, target }: Pair): string {
  const { build } = context;
  const [side, label] = [build.op("gt", [from, build.constant(0)]), build.op("gt", [target, build.constant(0.5)])];
  return meanOverElements(context, build.op("eq", [side, label]));
}

/** The share of elements whose target is 0 or 1; for a target between them no side is right. */
function isDecided(context: Elaboration, { target }: Pair): string {
  const { build } = context;
  const [no, yes] = [build.op("eq", [target, build.constant(0)]), build.op("eq", [target, build.constant(1)])];
  return meanOverElements(context, build.op("max", [no, yes]));
}

/** The share of examples without a wrong step, and their number; if targets may be missing, of the examples that have one. */
function wholeIsRight(context: Elaboration, right: string, { mask }: Steps): ReadonlyMap<Measure, string> {
  const { build, options } = context;
  const wrong = build.op("sub", [build.constant(1), right]);
  const real = mask === undefined ? wrong : build.op("mul", [mask, wrong]);
  const count = build.op("sum", [real], { axes: [-2] });
  const isLabelled =
    mask === undefined || options.partlyLabelled !== true
      ? undefined
      : build.op("gt", [build.op("sum", [mask], { axes: [-2] }), build.constant(0)]);
  const examples = stepsOf(context, undefined, 0, isLabelled);
  const exact = meanOverSteps(context, build.op("eq", [count, build.constant(0)]), examples);
  return new Map<Measure, string>([
    ["exact", exact],
    ...(isLabelled === undefined ? [] : [["examples", examples.count] as const]),
  ]);
}
