// `predict`: which values are compared, and how its losses and those of `minimize` are added up.
import type { Span } from "../../base/source.ts";
import { fail } from "../../base/invariant.ts";
import { printOutput, type Measure } from "../../graph/border.ts";
import type { Dim } from "../../shape/dim.ts";
import { timeOf } from "../../shape/type.ts";
import type { Expression, Statement } from "../ast.ts";
import { takenAsLogits } from "../messages-values.ts";
import { notAllowed, unknownName, wrongShape } from "../messages.ts";
import { readNumber } from "./arguments.ts";
import type { Elaboration } from "./context.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { meanOverSteps, stepsOf, type Pair } from "./loss.ts";
import { lossBy } from "./losses.ts";
import { measuresOf } from "./measures.ts";
import { minimized } from "./minimize.ts";
import { quantity, type Quantity } from "./outline.ts";
import { EquationPath } from "./equation-path.ts";
import { wholeNumber } from "./static.ts";
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
  readonly kind: "token" | "number" | "binary";
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
  const names = new Set<string>();
  // First what is minimised: a target that it reads cannot be missing.
  const minimised = new Map(
    frame.definition.body.flatMap((each) =>
      each.kind === "minimize" ? [[each, minimized(frame, each)] as const] : [],
    ),
  );
  for (const statement of frame.definition.body) {
    if (statement.kind === "minimize") {
      const loss = minimised.get(statement);
      if (loss === undefined) continue;
      losses.push(loss);
      goals.push({ ...quantity("minimize", ["minimize"], [loss]), expression: statement.value });
    }
    if (statement.kind !== "predict") continue;
    const target = readTarget(frame, statement.target);
    if (target === undefined) continue;
    const name = freeName(frame, target.name, names);
    names.add(name);
    const built = predicted(frame, statement, target, name);
    if (built === undefined) continue;
    const { weight } = built.prediction;
    for (const [measure, id] of built.measures) outputs.set(printOutput({ kind: "measure", measure, of: name }), id);
    outputs.set(outputOf(built.prediction), built.from);
    const loss = built.measures.get("loss") ?? fail("elaborate", "no loss");
    losses.push(weight === 1 ? loss : context.build.op("mul", [loss, context.build.constant(weight)]));
    predictions.push(built.prediction);
    values.set(name, { ...context.node(built.from, statement.from.span, ""), applied: frame.applied });
    const { from: expression } = statement;
    goals.push({ ...quantity("predict", [target.name], [built.from]), expression, ahead: target.ahead });
  }
  const [first, ...rest] = losses;
  if (first === undefined) return { outputs, predictions, values, goals };
  const loss = rest.reduce((sum, each) => context.build.op("add", [sum, each]), first);
  return { outputs: new Map([[printOutput({ kind: "loss" }), loss], ...outputs]), predictions, values, goals };
}

/** The output of the graph that holds what is predicted: numbers, or logits. */
export function outputOf({ kind, name }: Pick<Prediction, "kind" | "name">): string {
  return printOutput({ kind: kind === "number" ? "value" : "logits", of: name });
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

interface Target {
  readonly name: string;
  readonly ahead: number;
  readonly value: NodeValue;
  readonly span: Span;
}

function readTarget(frame: Frame, expression: Expression): Target | undefined {
  const { context } = frame;
  const named = expression.kind === "delay" ? expression.object : expression;
  if (named.kind !== "name") {
    context.report(notAllowed("only an input or a target can be predicted", expression.span));
    return undefined;
  }
  const value = frame.bound(named.name);
  if (value === undefined) {
    const known = frame.definition.body.flatMap((each) =>
      each.kind === "input" || each.kind === "target" ? each.names.map((name) => name.name) : [],
    );
    context.report(unknownName(named.name, named.span, known, "to predict"));
    return undefined;
  }
  if (value.kind !== "node") return undefined;
  const ahead = expression.kind === "delay" ? stepsAhead(frame, expression) : 0;
  if (ahead === undefined) return undefined;
  if (ahead === 0) return { name: named.name, ahead, value, span: expression.span };
  const { name } = named;
  const next = context.build.input({ kind: "data", name, use: "target", ahead }, context.build.type(value.id));
  return { name, ahead, value: { ...value, id: context.masked(next, 0, 0, ahead) }, span: expression.span };
}

function stepsAhead(frame: Frame, expression: Extract<Expression, { kind: "delay" }>): number | undefined {
  const by = expression.steps === null ? undefined : evaluate(expression.steps, frame);
  const steps = by?.kind === "static" ? wholeNumber(by.value) : undefined;
  if (expression.steps === null) return 0;
  if (steps !== undefined && steps > 0 && expression.sign === "+") return steps;
  frame.context.report(notAllowed("only a later step can be predicted, such as `text[t+1]`", expression.span));
  return undefined;
}

function predicted(
  frame: Frame,
  statement: Predict,
  target: Target,
  name: string,
): { prediction: Prediction; from: string; measures: ReadonlyMap<Measure, string> } | undefined {
  const { context } = frame;
  frame.path = new EquationPath({ path: name, owner: `${frame.owner}/predict ${statement.span.start}` });
  frame.applied = new Map();
  const from = context.float(evaluate(statement.from, frame), statement.from.span);
  if (from === undefined) return undefined;
  const by = lossBy(statement.by, target.value.token !== undefined);
  if ("code" in by) {
    context.report(by);
    return undefined;
  }
  const { kind } = by;
  const isRight = context.because(statement.from, () => fits(context, statement, target, from, kind));
  if (!isRight) return undefined;
  if (from.probability?.of === kind) {
    context.report(takenAsLogits(from.probability.name, from.probability.span, statement.from.span));
    return undefined;
  }
  const steps = stepsOf(context, timeOf(context.type(target.value)), target.ahead, labelsOf(frame, target));
  const pair: Pair = {
    kind,
    from: steps.narrow(from.id),
    target: steps.narrow(target.value.id),
    token: target.value.token,
  };
  const prediction: Prediction = {
    name,
    weight: statement.weight === null ? 1 : (readNumber(statement.weight, frame, "`weight`") ?? 1),
    target: target.name,
    ahead: target.ahead,
    kind,
    vocabulary: target.value.token?.size ?? null,
    isAutoregressive: target.ahead > 0 || frame.isReadDelayed(target.name),
    isSequence: steps.time !== null,
  };
  const loss = meanOverSteps(context, by.at(context, pair), steps);
  // Beyond an example's end there is no prediction.
  return {
    prediction,
    from: context.masked(from.id, 0, 0),
    measures: new Map<Measure, string>([["loss", loss], ...measuresOf(context, pair, steps)]),
  };
}

function fits(
  context: Elaboration,
  statement: Predict,
  target: Target,
  from: NodeValue,
  kind: Prediction["kind"],
): boolean {
  const [expected, got] = [timeOf(context.type(target.value)), timeOf(context.type(from))];
  const sameTime =
    expected === undefined || got === undefined ? expected === got : context.unifier.unify(expected, got);
  const own = context.own(from);
  const token = target.value.token;
  const expectedAxes =
    kind === "token" && token !== undefined ? [{ tag: "plain" as const, size: token.size }] : context.own(target.value);
  const sameShape =
    own.length === expectedAxes.length &&
    own.every((axis, index) => {
      const other = expectedAxes[index];
      return other !== undefined && context.unifier.same(other, axis) !== undefined;
    });
  if (sameTime && sameShape) return true;
  const help = !sameTime
    ? expected === undefined
      ? "reduce the sequence to one value: `last(h)` or `mean(h)`"
      : "predict a sequence from a sequence of equal length"
    : kind === "token"
      ? `logits have one number for each token: \`linear(…, out = ${token === undefined ? "V" : context.showDim(token.size).replaceAll("?", "V")})\``
      : `\`linear(…, out = ${context.showAxes(expectedAxes)})\` gives this shape`;
  context.report(
    wrongShape(
      `\`${target.name}\` cannot be predicted from this`,
      statement.from.span,
      [context.side(from, statement.from.span, "this"), context.side(target.value, target.span, `\`${target.name}\``)],
      help,
    ),
  );
  return false;
}
