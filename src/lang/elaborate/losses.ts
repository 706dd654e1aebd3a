// The losses of `predict … by NAME`: one row each. A row says what it is for, what is predicted, and the loss at each step.
import type { Identifier } from "../ast.ts";
import type { Diagnostic } from "../../base/diagnostic.ts";
import { fail } from "../../base/invariant.ts";
import { wrongType } from "../messages.ts";
import { nearest } from "../nearest.ts";
import type { Elaboration } from "./context.ts";
import { meanOverElements, type Pair } from "./loss.ts";

export interface Loss {
  readonly isForTokens: boolean;
  /** What the expression gives: logits of tokens, numbers, or logits of probabilities. */
  readonly kind: Pair["kind"];
  /** The loss at each step, as a number. */
  readonly at: (context: Elaboration, pair: Pair) => string;
}

const LOSSES = {
  squared: { isForTokens: false, kind: "number", at: squaredError },
  absolute: { isForTokens: false, kind: "number", at: absoluteError },
  binary: { isForTokens: false, kind: "binary", at: binaryEntropy },
  cross: { isForTokens: true, kind: "token", at: crossEntropy },
} as const satisfies Record<string, Loss>;

const BY_NAME: ReadonlyMap<string, Loss> = new Map(Object.entries(LOSSES));

/** The loss that `by` names, or the usual one of the target; or what is wrong with it. */
export function lossBy(by: Identifier | null, isToken: boolean): Loss | Diagnostic {
  if (by === null) return isToken ? LOSSES.cross : LOSSES.squared;
  const loss = BY_NAME.get(by.name);
  if (loss === undefined) return notALoss(by, isToken);
  if (loss.isForTokens === isToken) return loss;
  const [title, help] = isToken
    ? [`\`by ${by.name}\` is for numbers, but this target is a token`, "the loss of a token is softmax cross-entropy"]
    : [`\`by ${by.name}\` is for tokens, but this target has numbers`, "the loss of numbers is the squared error"];
  return wrongType(title, by.span, `remove it: ${help}`);
}

function notALoss({ name, span }: Identifier, isToken: boolean): Diagnostic {
  const names = [...BY_NAME].flatMap(([known, loss]) => (loss.isForTokens === isToken ? [known] : []));
  const close = nearest(name, names);
  const meant = (close === undefined ? names : [close]).map((each) => `\`by ${each}\``);
  return wrongType(`\`by ${name}\` is not a loss`, span, `write ${meant.join(", ")}, or remove it`);
}

/** -log softmax(logits)[target], at each step. */
function crossEntropy({ build }: Elaboration, { from, target, token }: Pair): string {
  const { size } = token ?? fail("elaborate", "no token");
  const hot = build.op("onehot", [target], { dims: [size] });
  const likelihood = build.op("mul", [hot, build.op("logsoftmax", [from], { axis: -1 })]);
  return build.op("neg", [build.op("sum", [likelihood], { axes: [-1] })]);
}

/** log(1 + exp(z)) - z · y, averaged over elements. */
function binaryEntropy(context: Elaboration, { from, target }: Pair): string {
  const { build } = context;
  const each = build.op("sub", [build.op("softplus", [from]), build.op("mul", [from, target])]);
  return meanOverElements(context, each);
}

/** (a - y)², averaged over elements. */
function squaredError(context: Elaboration, { from, target }: Pair): string {
  const { build } = context;
  return meanOverElements(context, build.op("square", [build.op("sub", [from, target])]));
}

/** |a - y|, averaged over elements. */
export function absoluteError(context: Elaboration, { from, target }: Pair): string {
  const { build } = context;
  return meanOverElements(context, build.op("abs", [build.op("sub", [from, target])]));
}
