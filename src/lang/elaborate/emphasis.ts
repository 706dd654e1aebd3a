// `weight = EXPR` and `reduce = sum` of a prediction: a number scales its loss; a value of each example or step weighs these.
// A mean divides by the sum of the weights, as PyTorch's class weights do: a weight of 0 is a step without a target, and weights that are
// all twice as large change nothing.
import type { Span } from "../../base/source.ts";
import { constantOf, type Dim } from "../../shape/dim.ts";
import { hasBatch, timeOf } from "../../shape/type.ts";
import type { Measure } from "../../graph/border.ts";
import type { Statement } from "../ast.ts";
import { wrongShape, wrongType } from "../messages.ts";
import { BATCH, type Elaboration } from "./context.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { meanOverSteps, sumOverSteps, type Steps } from "./loss.ts";
import { hasLossOfWhole } from "./losses.ts";
import { sizeNode } from "./size-node.ts";
import type { Target } from "./predicted-target.ts";
import type { NodeValue } from "./value.ts";

type Predict = Extract<Statement, { kind: "predict" }>;

/** How much a prediction counts, and its steps among one another. */
export interface Emphasis {
  /** The factor of its loss in the whole loss, if it is known at compile time. */
  readonly factor: number;
  /** The same, if it is computed: a scalar. */
  readonly scale: string | undefined;
  /** The weights of examples or steps, not yet cut. */
  readonly weights: string | undefined;
  /** Whether steps are added up, and the mean is over examples. */
  readonly isSum: boolean;
}

/** Whether the loss is the mean over all steps, as it is without `weight` and `reduce`. */
export function isPlain({ scale, weights, isSum }: Emphasis): boolean {
  return scale === undefined && weights === undefined && !isSum;
}

/** Undefined if an error was reported. */
export function readEmphasis(frame: Frame, statement: Predict, target: Target): Emphasis | undefined {
  const { context } = frame;
  const { weight, reduce } = statement;
  if (reduce !== null && reduce.name !== "mean" && reduce.name !== "sum") {
    const title = `\`reduce = ${reduce.name}\` is neither a mean nor a sum`;
    context.report(wrongType(title, reduce.span, "write `reduce = sum`, or remove it for the mean over all steps"));
    return undefined;
  }
  const plain: Emphasis = { factor: 1, scale: undefined, weights: undefined, isSum: reduce?.name === "sum" };
  if (weight === null) return plain;
  const known = new Set(context.targetReads.keys());
  const value = evaluate(weight, frame);
  if (value.kind === "poison") return undefined;
  const number = value.kind === "static" ? constantOf(context.unifier.resolve(value.value)) : undefined;
  if (number !== undefined) return { ...plain, factor: number };
  const node = context.float(value, weight.span);
  if (node === undefined) return undefined;
  // The weight of a step without a target does not count, so the target may be missing although it is read here.
  for (const [id, { name }] of context.targetReads)
    if (name === target.name && !known.has(id)) context.targetReads.delete(id);
  const { axes } = context.type(node);
  if (axes.length === 0) return { ...plain, scale: node.id };
  const along = hasLossOfWhole(statement) ? undefined : timeOf(context.type(target.value));
  if (isOfSteps(context, node, along)) return { ...plain, weights: node.id };
  return refuse(context, { node, target, along }, weight.span);
}

/** One number for each example, or for each step of the prediction. */
function isOfSteps(context: Elaboration, node: NodeValue, along: Dim | undefined): boolean {
  const type = context.type(node);
  const time = timeOf(type);
  if (context.own(node).length > 0 || (time === undefined && !hasBatch(type))) return false;
  return time === undefined || (along !== undefined && context.unifier.unify(time, along));
}

interface Misfit {
  readonly node: NodeValue;
  readonly target: Target;
  readonly along: Dim | undefined;
}

function refuse(context: Elaboration, { node, target, along }: Misfit, span: Span): undefined {
  const sides = [context.side(node, span, "this"), context.side(target.value, target.span, `\`${target.name}\``)];
  const help =
    along === undefined
      ? "give a number, or a value of each example"
      : "give a number, a value of each example, or a sequence of numbers as long as the target";
  context.report(wrongShape(`this cannot be the weight of \`${target.name}\``, span, sides, help));
  return undefined;
}

/** Steps with their weights `[T, B]` or `[B]`; undefined if all count alike. */
export interface WeighedSteps extends Steps {
  readonly weights: string | undefined;
}

/** Steps without those whose weight is 0. `each` is the loss at each step. */
export function weighedSteps(context: Elaboration, each: string, steps: Steps, { weights }: Emphasis): WeighedSteps {
  const { build } = context;
  if (weights === undefined) return { ...steps, weights };
  const cut = timeOf(build.type(weights)) === undefined ? weights : steps.narrow(weights);
  const full = build.op("broadcast", [cut], { type: build.type(each) });
  const counts = build.op("sub", [build.constant(1), build.op("eq", [full, build.constant(0)])]);
  const mask = steps.mask === undefined ? counts : build.op("mul", [steps.mask, counts]);
  const axes = build.type(mask).axes.map((_, index, all) => index - all.length);
  const counted = steps.labels === undefined ? mask : build.op("mul", [mask, steps.labels]);
  return { ...steps, mask, count: build.op("sum", [counted], { axes }), weights: full };
}

/** The loss of a prediction, and what it is divided by if that is not the number of steps. `each` is the loss at each step. */
export function lossOf(
  context: Elaboration,
  each: string,
  steps: WeighedSteps,
  { isSum, scale }: Emphasis,
): ReadonlyMap<Measure, string> {
  const { build } = context;
  const { weights } = steps;
  const scaled = (loss: string): string => (scale === undefined ? loss : build.op("mul", [loss, scale]));
  if (weights === undefined && !isSum) return new Map([["loss", scaled(meanOverSteps(context, each, steps))]]);
  const total = sumOverSteps(context, weights === undefined ? each : build.op("mul", [weights, each]), steps);
  const divisor = isSum || weights === undefined ? sizeNode(context, BATCH) : sumOfWeights(context, weights, steps);
  const isNone = build.op("eq", [divisor, build.constant(0)]);
  const safe = isSum ? divisor : build.op("select", [isNone, build.constant(1), divisor]);
  return new Map([
    ["loss", scaled(build.op("div", [total, safe]))],
    ["weight", divisor],
  ]);
}

/** The weight of an example counts for each of its labels. */
function sumOfWeights(context: Elaboration, weights: string, steps: WeighedSteps): string {
  const { labels } = steps;
  const own = labels === undefined ? weights : context.build.op("mul", [weights, labels]);
  return sumOverSteps(context, own, steps);
}
