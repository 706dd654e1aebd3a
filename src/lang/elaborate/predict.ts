// `predict`: which values are compared, and how its losses and those of `minimize` are added up.
import { fail } from "../../base/invariant.ts";
import type { TargetRange } from "../../base/target-range.ts";
import { printOutput, type Measure } from "../../graph/border.ts";
import type { Dim } from "../../shape/dim.ts";
import { timeOf } from "../../shape/type.ts";
import type { LossCall, Statement } from "../ast.ts";
import { takenAsLogits } from "../messages-values.ts";
import { hasDistribution, type Drawing } from "./drawing.ts";
import { fits } from "./predicted-shape.ts";
import { isPlain, lossOf, readEmphasis, weighedSteps, type Emphasis } from "./emphasis.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { stepsOf, wholeExamples, type Pair, type Steps } from "./loss.ts";
import { hasLossOfWhole, lossBy, usualLoss } from "./losses.ts";
import { measuresOf } from "./measures.ts";
import { minimized } from "./minimize.ts";
import { quantity, type Quantity } from "./outline.ts";
import { EquationPath } from "./equation-path.ts";
import { readTarget, type Target } from "./predicted-target.ts";
import { labelsOf } from "./target-reads.ts";
import type { NodeValue } from "./value.ts";

export interface Prediction {
  /** `text[t+1]` is `text`; a second prediction of it `text2`. */
  readonly name: string;
  /** The factor of its loss in the whole loss. */
  readonly weight: number;
  /** The input or target that is predicted, and how many steps ahead. */
  readonly target: string;
  readonly ahead: number;
  readonly kind: Pair["kind"];
  /** The name of its loss. */
  readonly by: string;
  readonly isInNats: boolean;
  /** How `generate` draws it. */
  readonly draws: Drawing;
  /** The numbers that its target may have; null if any. */
  readonly range: TargetRange | null;
  readonly vocabulary: Dim | null;
  /** Whether the predicted value is also read: `generate` feeds it back. */
  readonly isAutoregressive: boolean;
  readonly isSequence: boolean;
}

export interface Predictions {
  /** Outputs of the graph by their printed names: the loss, of each prediction its logits or value, and its measures as they fit. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly predictions: readonly Prediction[];
  /** What each prediction is made from, by its name. */
  readonly values: ReadonlyMap<string, NodeValue>;
  /** Each prediction and each `minimize`, for the outline. */
  readonly goals: readonly Quantity[];
}

type Predict = Extract<Statement, { kind: "predict" }>;

export function evaluatePredictions(frame: Frame): Predictions {
  const { context } = frame;
  const outputs = new Map<string, string>();
  const predictions: Prediction[] = [];
  const values = new Map<string, NodeValue>();
  const losses: string[] = [];
  const goals: Quantity[] = [];
  // First what is minimised and the weights of predictions: a target that they read cannot be missing.
  const minimised = new Map(
    frame.definition.body.flatMap((each) =>
      each.kind === "minimize" ? [[each, minimized(frame, each)] as const] : [],
    ),
  );
  const begun = begunPredictions(frame);
  for (const statement of frame.definition.body) {
    if (statement.kind === "minimize") {
      const loss = minimised.get(statement);
      if (loss === undefined) continue;
      losses.push(loss);
      goals.push({ ...quantity("minimize", ["minimize"], [loss]), expression: statement.value });
    }
    if (statement.kind !== "predict") continue;
    const begin = begun.get(statement);
    const built = begin === undefined ? undefined : predicted(frame, begin);
    if (begin === undefined || built === undefined) continue;
    const { name, target } = begin;
    const { weight } = built.prediction;
    for (const [measure, id] of built.measures) outputs.set(printOutput({ kind: "measure", measure, of: name }), id);
    outputs.set(outputOf(built.prediction), built.value);
    if (built.distribution !== undefined) outputs.set(drawnOutput(built.prediction), built.distribution);
    const loss = built.measures.get("loss") ?? fail("elaborate", "no loss");
    losses.push(weight === 1 ? loss : context.build.op("mul", [loss, context.build.constant(weight)]));
    predictions.push(built.prediction);
    values.set(name, { ...context.node(built.value, statement.from.span, ""), applied: frame.applied });
    const { from: expression } = statement;
    goals.push({ ...quantity("predict", [target.name], [built.value]), expression, ahead: target.ahead });
  }
  const [first, ...rest] = losses;
  if (first === undefined) return { outputs, predictions, values, goals };
  const loss = rest.reduce((sum, each) => context.build.op("add", [sum, each]), first);
  return { outputs: new Map([[printOutput({ kind: "loss" }), loss], ...outputs]), predictions, values, goals };
}

/** What comes before the value of a prediction. */
interface Begun {
  readonly statement: Predict;
  readonly target: Target;
  readonly name: string;
  readonly emphasis: Emphasis;
}

/** Without those that have an error. */
function begunPredictions(frame: Frame): ReadonlyMap<Predict, Begun> {
  const names = new Set<string>();
  return new Map(
    frame.definition.body.flatMap((statement): [Predict, Begun][] => {
      if (statement.kind !== "predict") return [];
      const target = readTarget(frame, statement.target);
      if (target === undefined) return [];
      const name = freeName(frame, target.name, names);
      names.add(name);
      frame.path = pathOf(frame, statement, `${name}.weight`);
      const emphasis = readEmphasis(frame, statement, target);
      return emphasis === undefined ? [] : [[statement, { statement, target, name, emphasis }]];
    }),
  );
}

/** The path of weights in a part of the statement. */
function pathOf(frame: Frame, { span }: Predict, path: string): EquationPath {
  return new EquationPath({ path, owner: `${frame.owner}/predict ${span.start} ${path}` });
}

/** The output of the graph that holds what is predicted: numbers, or logits. */
export function outputOf({ kind, name }: Pick<Prediction, "kind" | "name">): string {
  return printOutput({ kind: kind === "number" ? "value" : "logits", of: name });
}

/** The output of the graph from which `generate` draws. */
export function drawnOutput({ kind, name, draws }: Pick<Prediction, "kind" | "name" | "draws">): string {
  return hasDistribution(draws) ? printOutput({ kind: "distribution", of: name }) : outputOf({ kind, name });
}

/** The output of the graph that holds an equation which is shown. */
export function shownOutput(of: string): string {
  return printOutput({ kind: "value", of });
}

/** The second prediction of `x` is `x2`, unless something else that may be predicted has that name. */
function freeName(frame: Frame, target: string, taken: ReadonlySet<string>): string {
  let name = target;
  for (let n = 2; taken.has(name) || (name !== target && frame.bound(name) !== undefined); n++) name = `${target}${n}`;
  return name;
}

interface Predicted {
  readonly prediction: Prediction;
  /** What `run` gives. */
  readonly value: string;
  readonly distribution: string | undefined;
  readonly measures: ReadonlyMap<Measure, string>;
}

function predicted(frame: Frame, { statement, target, name, emphasis }: Begun): Predicted | undefined {
  const { context } = frame;
  frame.path = pathOf(frame, statement, name);
  frame.applied = new Map();
  const from = context.float(evaluate(statement.from, frame), statement.from.span);
  if (from === undefined) return undefined;
  const call = statement.by ?? usualCall(target);
  frame.path = pathOf(frame, statement, `${name}.${call.loss.name}`);
  const form = lossBy({ frame, call, target });
  if (form === undefined) return undefined;
  const { kind } = form;
  const isRight = context.because(statement.from, () => fits(context, statement, target, { from, form }));
  if (!isRight) return undefined;
  if (from.probability !== undefined && from.probability.of === form.makes) {
    const what = form.makes === "rate" ? "the logarithm of the rate" : "logits";
    context.report(takenAsLogits(what, from.probability, statement.from.span));
    return undefined;
  }
  const all = stepsOfPrediction(frame, statement, target);
  const pair: Pair = {
    kind,
    from: all.narrow(from.id),
    target: all.narrow(target.value.id),
    token: target.value.token,
    narrow: all.narrow,
  };
  const each = form.at(pair);
  const steps = weighedSteps(context, each, all, emphasis);
  const prediction: Prediction = {
    name,
    weight: emphasis.factor,
    target: target.name,
    ahead: target.ahead,
    kind,
    by: call.loss.name,
    isInNats: form.isInNats,
    draws: form.draws,
    range: form.range ?? null,
    vocabulary: target.value.token?.size ?? null,
    isAutoregressive: target.ahead > 0 || frame.isReadDelayed(target.name),
    isSequence: steps.time !== null,
  };
  // Beyond an example's end there is no prediction.
  const shown = (id: string | undefined): string | undefined =>
    id === undefined ? undefined : context.masked(id, 0, 0);
  return {
    prediction,
    value: context.masked(form.value?.(from.id) ?? from.id, 0, 0),
    distribution: shown(form.distribution?.(from.id)),
    measures: new Map<Measure, string>([
      ...lossOf(context, each, steps, emphasis),
      ...measuresOf(context, { form, pair, steps, isPlain: isPlain(emphasis), unit: target.unit }),
    ]),
  };
}

function stepsOfPrediction(frame: Frame, statement: Predict, target: Target): Steps {
  const { context } = frame;
  const time = timeOf(context.type(target.value));
  if (hasLossOfWhole(statement) && time !== undefined) return wholeExamples(context, time);
  return stepsOf(context, time, target.ahead, labelsOf(frame, target));
}

function usualCall({ value, span }: Target): LossCall {
  return { loss: { name: usualLoss(value.token !== undefined), span }, arguments: [], span };
}
