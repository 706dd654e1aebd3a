// The losses of `predict … by NAME`: one row each. A row says what it is for, and gives the form of a loss with its arguments: what is
// predicted, the loss at each step, what `run` gives, and what `generate` draws.
import type { TargetRange } from "../../base/target-range.ts";
import type { ProbabilityOf } from "../../ops/row.ts";
import { constant } from "../../shape/dim.ts";
import { plain, type Axis } from "../../shape/type.ts";
import type { LossCall, Statement } from "../ast.ts";
import { wrongType } from "../messages.ts";
import { nearest } from "../nearest.ts";
import type { Elaboration } from "./context.ts";
import { ctc } from "./ctc.ts";
import type { Drawing } from "./drawing.ts";
import type { Frame } from "./frame.ts";
import { takesNothing, readDeviation, readHuberDelta, readProbabilities, readSmoothing } from "./loss-arguments.ts";
import * as formulas from "./loss-formulas.ts";
import type { Pair } from "./loss.ts";
import { mixture } from "./mixture.ts";
import type { Target } from "./predicted-target.ts";

/** The arguments of `by` have been read. */
export interface LossForm {
  /** What the expression gives: logits of tokens, logits of probabilities, or numbers. */
  readonly kind: Pair["kind"];
  /** The axes that the expression has at a step. */
  readonly axes: readonly Axis[];
  /** The loss at each step, as a number; of a loss of whole examples, that of each example. */
  readonly at: (pair: Pair) => string;
  /** What `run` gives, made of the expression; by default the expression itself. */
  readonly value?: (from: string) => string;
  /** What `generate` draws from, if that is more. */
  readonly distribution?: (from: string) => string;
  readonly draws: Drawing;
  /** The probabilities or rates that it makes of the expression itself. */
  readonly makes?: ProbabilityOf;
  /** Whether its unit is the nat: it is the negative logarithm of a probability or a density. */
  readonly isInNats: boolean;
  readonly range?: TargetRange;
  /** Measures at each step that take the place of the usual ones. */
  readonly covered?: (pair: Pair) => string;
  /** 1 for a target within so many standard deviations, beside the usual measures. */
  readonly within?: (pair: Pair, deviations: number) => string;
  /** The cross-entropy at each step, if the loss is another. */
  readonly entropy?: (pair: Pair) => string;
}

export interface LossRequest {
  readonly frame: Frame;
  readonly call: LossCall;
  readonly target: Target;
}

interface Loss {
  readonly isForTokens: boolean;
  /** Whether an example has one loss for its whole sequence. */
  readonly isOfWhole?: boolean;
  /** Undefined if an error was reported. */
  readonly form: (request: LossRequest) => LossForm | undefined;
}

const LOSSES = {
  squared: { isForTokens: false, form: ofNumbers(formulas.squaredError) },
  absolute: { isForTokens: false, form: ofNumbers(formulas.absoluteError) },
  huber: { isForTokens: false, form: huber },
  quantile: { isForTokens: false, form: quantile },
  gaussian: { isForTokens: false, form: gaussian },
  mixture: { isForTokens: false, form: mixture },
  poisson: { isForTokens: false, form: poisson },
  binary: { isForTokens: false, form: binary },
  cross: { isForTokens: true, form: cross },
  ctc: { isForTokens: true, isOfWhole: true, form: ctc },
} as const satisfies Record<string, Loss>;

const BY_NAME: ReadonlyMap<string, Loss> = new Map(Object.entries(LOSSES));

/** Those that can predict standardised values. */
const OF_UNITS: ReadonlySet<string> = new Set(["squared", "absolute", "huber", "quantile", "gaussian", "mixture"]);

/** The name of the usual loss of a target. */
export function usualLoss(isToken: boolean): keyof typeof LOSSES {
  return isToken ? "cross" : "squared";
}

/** Whether an example has one loss for its whole sequence. */
export function hasLossOfWhole({ by }: Extract<Statement, { kind: "predict" }>): boolean {
  return by !== null && BY_NAME.get(by.loss.name)?.isOfWhole === true;
}

/** The loss that `by` names, with its arguments; undefined if an error was reported. */
export function lossBy({ frame, call, target }: LossRequest): LossForm | undefined {
  const isToken = target.value.token !== undefined;
  const { name, span } = call.loss;
  const loss = BY_NAME.get(name);
  if (loss?.isForTokens === isToken) {
    if (target.unit === undefined || OF_UNITS.has(name)) return loss.form({ frame, call, target });
    const title = `\`by ${name}\` takes numbers as they are, but \`${target.name}\` is scaled`;
    frame.context.report(wrongType(title, span, `remove \`scaled\` from the declaration of \`${target.name}\``));
    return undefined;
  }
  if (loss === undefined) {
    frame.context.report(wrongType(`\`by ${name}\` is not a loss`, span, notALoss(name, isToken)));
    return undefined;
  }
  const [title, help] = isToken
    ? [`\`by ${name}\` is for numbers, but this target is a token`, "the loss of a token is softmax cross-entropy"]
    : [`\`by ${name}\` is for tokens, but this target has numbers`, "the loss of numbers is the squared error"];
  frame.context.report(wrongType(title, span, `remove it: ${help}`));
  return undefined;
}

function notALoss(name: string, isToken: boolean): string {
  const names = [...BY_NAME].flatMap(([known, loss]) => (loss.isForTokens === isToken ? [known] : []));
  const close = nearest(name, names);
  const meant = (close === undefined ? names : [close]).map((each) => `\`by ${each}\``);
  return `write ${meant.join(", ")}, or remove it`;
}

type Formula = (context: Elaboration, pair: Pair) => string;

/** What is predicted is the value, and so is what is drawn. */
function numbers({ frame, target }: LossRequest, at: LossForm["at"]): LossForm {
  const { unit } = target;
  return {
    kind: "number",
    axes: frame.context.own(target.value),
    at,
    ...(unit === undefined ? {} : { value: (from) => unit.value(from) }),
    draws: { kind: "value" },
    isInNats: false,
  };
}

/** A loss of numbers without arguments. */
function ofNumbers(formula: Formula): Loss["form"] {
  return (request) => {
    const { context } = request.frame;
    return takesNothing(request) ? numbers(request, (pair) => formula(context, pair)) : undefined;
  };
}

function huber(request: LossRequest): LossForm | undefined {
  const delta = readHuberDelta(request);
  if (delta === undefined) return undefined;
  return numbers(request, (pair) => formulas.huber(request.frame.context, pair, delta));
}

/** The expression has one value for each quantile, along a last axis of its own. */
function quantile(request: LossRequest): LossForm | undefined {
  const { context } = request.frame;
  const at = readProbabilities(request);
  const { unit } = request.target;
  if (at === undefined) return undefined;
  return {
    ...numbers(request, (pair) => formulas.pinball(context, pair, at)),
    axes: [...context.own(request.target.value), plain(constant(at.length))],
    ...(unit === undefined ? {} : { value: (from) => unit.value(from, 1) }),
    draws: { kind: "quantile", at },
    covered: (pair) => formulas.isCovered(context, pair, at.length),
  };
}

/** -log of a density, of the values that data have. */
function inUnit({ target: { unit } }: LossRequest, loss: string): string {
  return unit === undefined ? loss : unit.density(loss);
}

/** The expression is the mean; the standard deviation is an argument. */
function gaussian(request: LossRequest): LossForm | undefined {
  const { context } = request.frame;
  const deviation = readDeviation(request);
  if (deviation === undefined) return undefined;
  const { unit } = request.target;
  return {
    ...numbers(request, (pair) => inUnit(request, formulas.gaussian(context, pair, deviation))),
    distribution: (from) =>
      unit === undefined
        ? formulas.meanAndDeviation(context, from, deviation)
        : formulas.meanAndDeviation(context, unit.value(from), unit.spread(deviation)),
    draws: { kind: "gaussian" },
    within: (pair, deviations) => formulas.isWithin(context, pair, deviation, deviations),
    isInNats: true,
  };
}

/** The expression is the logarithm of the rate, and `run` gives the rate. */
function poisson(request: LossRequest): LossForm | undefined {
  const { context } = request.frame;
  if (!takesNothing(request)) return undefined;
  return {
    ...numbers(request, (pair) => formulas.poisson(context, pair)),
    value: (from) => context.build.op("exp", [from]),
    draws: { kind: "poisson" },
    makes: "rate",
    isInNats: true,
    range: { least: 0, most: null, by: "poisson" },
  };
}

function binary(request: LossRequest): LossForm | undefined {
  const { context } = request.frame;
  if (!takesNothing(request)) return undefined;
  return {
    ...numbers(request, (pair) => formulas.binaryEntropy(context, pair)),
    kind: "binary",
    draws: { kind: "binary" },
    makes: "binary",
    isInNats: true,
    range: { least: 0, most: 1, by: "binary" },
  };
}

function cross(request: LossRequest): LossForm | undefined {
  const { context } = request.frame;
  const smoothing = readSmoothing(request);
  const { token } = request.target.value;
  if (smoothing === undefined || token === undefined) return undefined;
  const form: LossForm = {
    kind: "token",
    axes: [plain(token.size)],
    at: (pair) => formulas.crossEntropy(context, pair),
    draws: { kind: "token" },
    makes: "token",
    isInNats: true,
  };
  if (smoothing === 0) return form;
  return { ...form, at: (pair) => formulas.smoothedEntropy(context, pair, smoothing), entropy: form.at };
}
