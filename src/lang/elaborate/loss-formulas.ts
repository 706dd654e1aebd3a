// The formulas of losses at each step, as means over the elements of a step.
import { fail } from "../../base/invariant.ts";
import { constant, ONE } from "../../shape/dim.ts";
import { floatType, plain, timeOf } from "../../shape/type.ts";
import type { Elaboration } from "./context.ts";
import { meanOverElements, type Pair } from "./loss.ts";
import { sizeNode } from "./size-node.ts";

/** -log softmax(logits)[target]. */
export function crossEntropy({ build }: Elaboration, pair: Pair): string {
  const { from, target } = pair;
  const hot = build.op("onehot", [target], { dims: [tokenSize(pair)] });
  const likelihood = build.op("mul", [hot, build.op("logsoftmax", [from], { axis: -1 })]);
  return build.op("neg", [build.op("sum", [likelihood], { axes: [-1] })]);
}

/** (1 - s) · -log p[target] + s · mean over tokens of -log p (Szegedy et al. 2016). */
export function smoothedEntropy(context: Elaboration, pair: Pair, smoothing: number): string {
  const { build } = context;
  const logs = build.op("sum", [build.op("logsoftmax", [pair.from], { axis: -1 })], { axes: [-1] });
  const others = build.op("neg", [build.op("div", [logs, sizeNode(context, tokenSize(pair))])]);
  return build.op("add", [
    scaled(context, crossEntropy(context, pair), 1 - smoothing),
    scaled(context, others, smoothing),
  ]);
}

function tokenSize({ token }: Pair): NonNullable<Pair["token"]>["size"] {
  return (token ?? fail("elaborate", "no token")).size;
}

/** log(1 + exp(z)) - z · y. */
export function binaryEntropy(context: Elaboration, { from, target }: Pair): string {
  const { build } = context;
  const each = build.op("sub", [build.op("softplus", [from]), build.op("mul", [from, target])]);
  return meanOverElements(context, each);
}

/** (a - y)². */
export function squaredError(context: Elaboration, { from, target }: Pair): string {
  const { build } = context;
  return meanOverElements(context, build.op("square", [build.op("sub", [from, target])]));
}

/** |a - y|. */
export function absoluteError(context: Elaboration, pair: Pick<Pair, "from" | "target">): string {
  return meanOverElements(context, distance(context, pair));
}

function distance({ build }: Elaboration, { from, target }: Pick<Pair, "from" | "target">): string {
  return build.op("abs", [build.op("sub", [from, target])]);
}

/** e²/2 up to |e| = d, and d · (|e| - d/2) beyond: m · (|e| - m/2) with m = min(|e|, d). */
export function huber(context: Elaboration, pair: Pair, delta: number): string {
  const { build } = context;
  const error = distance(context, pair);
  const least = build.op("min", [error, build.constant(delta)]);
  const rest = build.op("sub", [error, scaled(context, least, 0.5)]);
  return meanOverElements(context, build.op("mul", [least, rest]));
}

/** max(q · (y - a), (q - 1) · (y - a)) for each quantile a at q, also as a mean over the quantiles. */
export function pinball(context: Elaboration, { from, target }: Pair, at: readonly number[]): string {
  const { build } = context;
  const error = build.op("sub", [build.op("unsqueeze", [target], { axis: -1 }), from]);
  const above = build.op("mul", [error, vector(context, at)]);
  return meanOverElements(context, build.op("max", [above, build.op("sub", [above, error])]));
}

/** 1 for a target from its lowest to its highest quantile, or up to the only one. */
export function isCovered(context: Elaboration, { from, target }: Pair, quantiles: number): string {
  const { build } = context;
  const bound = (index: number): string => element(context, from, index);
  const below = build.op("le", [target, bound(quantiles - 1)]);
  const covered = quantiles === 1 ? below : build.op("mul", [below, build.op("ge", [target, bound(0)])]);
  return meanOverElements(context, covered);
}

/** The element at `index` along the last axis, which goes. */
function element({ build }: Elaboration, id: string, index: number): string {
  const cut = build.op("slice", [id], { axis: -1, dims: [constant(index), constant(index + 1)] });
  return build.op("sum", [cut], { axes: [-1] });
}

/** log(2π)/2 + log s + ((y - a) / s)² / 2: all of -log of the density, so that it can be compared with other densities. */
export function gaussian(context: Elaboration, pair: Pair, deviation: string): string {
  const { build } = context;
  const { own, far } = inDeviations(context, pair, deviation);
  const each = build.op("add", [build.op("log", [own]), scaled(context, build.op("square", [far]), 0.5)]);
  return meanOverElements(context, build.op("add", [each, build.constant(0.5 * Math.log(2 * Math.PI))]));
}

/** The deviation at the steps that count, and how many of them a target lies above its mean. */
function inDeviations(
  { build }: Elaboration,
  { from, target, narrow }: Pair,
  deviation: string,
): { readonly own: string; readonly far: string } {
  const own = timeOf(build.type(deviation)) === undefined ? deviation : narrow(deviation);
  return { own, far: build.op("div", [build.op("sub", [target, from]), own]) };
}

/** 1 for a target at most `most` deviations from its mean. */
export function isWithin(context: Elaboration, pair: Pair, deviation: string, most: number): string {
  const { build } = context;
  const far = build.op("abs", [inDeviations(context, pair, deviation).far]);
  return meanOverElements(context, build.op("le", [far, build.constant(most)]));
}

/** `[…, 2]`. */
export function meanAndDeviation({ build }: Elaboration, mean: string, deviation: string): string {
  const full = build.op("broadcast", [deviation], { type: build.type(mean) });
  const parts = [mean, full].map((each) => build.op("unsqueeze", [each], { axis: -1 }));
  return build.op("concat", parts, { axis: -1 });
}

/** exp(z) - y · z, without log(y!), which no weight changes. */
export function poisson(context: Elaboration, { from, target }: Pair): string {
  const { build } = context;
  return meanOverElements(context, build.op("sub", [build.op("exp", [from]), build.op("mul", [target, from])]));
}

function scaled({ build }: Elaboration, id: string, factor: number): string {
  return build.op("mul", [id, build.constant(factor)]);
}

function vector({ build }: Elaboration, values: readonly number[]): string {
  const parts = values.map((value) =>
    build.op("broadcast", [build.constant(value)], { type: floatType([plain(ONE)]) }),
  );
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : build.op("concat", parts, { axis: -1 });
}
