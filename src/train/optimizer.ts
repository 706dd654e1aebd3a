// Optimizers as graphs: the update formula of each, with its slots, the learning rate and the step as inputs.
import { fail } from "../base/invariant.ts";
import type { OptimizerSetting } from "../lang/elaborate/settings.ts";
import type { Builder } from "../ops/builder.ts";

/** The update of one weight. `slot` returns the slot's value before the update, and a function that sets its next value. */
export interface UpdateContext {
  readonly build: Builder;
  readonly parameter: string;
  readonly gradient: string;
  /** Scalars: the learning rate, and the number of this update from 1. */
  readonly rate: string;
  readonly step: string;
  readonly slot: (name: string) => { readonly value: string; readonly become: (next: string) => string };
}

type Formula = (context: UpdateContext, setting: (name: string) => number) => string;

interface Optimizer {
  readonly defaults: Readonly<Record<string, number>>;
  readonly slots: readonly string[];
  /** Returns the weight's next value. */
  readonly formula: Formula;
}

function scaled(build: Builder, factor: number, value: string): string {
  return build.op("mul", [value, build.constant(factor)]);
}

/** decay · before + (1 - decay) · value. */
function average(build: Builder, decay: number, before: string, value: string): string {
  return build.op("add", [scaled(build, decay, before), scaled(build, 1 - decay, value)]);
}

function descend({ build, parameter, rate }: UpdateContext, direction: string): string {
  return build.op("sub", [parameter, build.op("mul", [direction, rate])]);
}

const sgd: Formula = (context) => descend(context, context.gradient);

/** v ← μ v + g;  w ← w - lr v. */
const momentum: Formula = (context, setting) => {
  const { build, gradient, slot } = context;
  const velocity = slot("velocity");
  return descend(
    context,
    velocity.become(build.op("add", [scaled(build, setting("momentum"), velocity.value), gradient])),
  );
};

/** s ← ρ s + (1 - ρ) g²;  w ← w - lr g / (√s + ε). */
const rmsprop: Formula = (context, setting) => {
  const { build, gradient, slot } = context;
  const square = slot("square");
  const next = square.become(average(build, setting("decay"), square.value, build.op("square", [gradient])));
  const root = build.op("add", [build.op("sqrt", [next]), build.constant(setting("epsilon"))]);
  return descend(context, build.op("div", [gradient, root]));
};

/** Kingma & Ba 2015: m̂ / (√v̂ + ε), with the means corrected for their start at 0. */
function adamDirection(context: UpdateContext, setting: (name: string) => number): string {
  const { build, gradient, step, slot } = context;
  const [mean, square] = [slot("mean"), slot("square")];
  const corrected = (value: string, decay: number): string =>
    build.op("div", [value, build.op("sub", [build.constant(1), build.op("pow", [build.constant(decay), step])])]);
  const [beta1, beta2] = [setting("beta1"), setting("beta2")];
  const m = corrected(mean.become(average(build, beta1, mean.value, gradient)), beta1);
  const v = corrected(square.become(average(build, beta2, square.value, build.op("square", [gradient]))), beta2);
  return build.op("div", [m, build.op("add", [build.op("sqrt", [v]), build.constant(setting("epsilon"))])]);
}

const adam: Formula = (context, setting) => descend(context, adamDirection(context, setting));

/** Loshchilov & Hutter 2019: the decay acts on the weights, not through the gradient. */
const adamw: Formula = (context, setting) => {
  const { build, parameter } = context;
  const decay = scaled(build, setting("decay"), parameter);
  return descend(context, build.op("add", [adamDirection(context, setting), decay]));
};

const ADAM_DEFAULTS = { lr: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

const OPTIMIZERS: ReadonlyMap<string, Optimizer> = new Map<string, Optimizer>([
  ["sgd", { defaults: { lr: 0.1 }, slots: [], formula: sgd }],
  ["momentum", { defaults: { lr: 0.05, momentum: 0.9 }, slots: ["velocity"], formula: momentum }],
  ["rmsprop", { defaults: { lr: 0.002, decay: 0.9, epsilon: 1e-8 }, slots: ["square"], formula: rmsprop }],
  ["adam", { defaults: ADAM_DEFAULTS, slots: ["mean", "square"], formula: adam }],
  ["adamw", { defaults: { ...ADAM_DEFAULTS, decay: 0.01 }, slots: ["mean", "square"], formula: adamw }],
]);

export const DEFAULT_OPTIMIZER: OptimizerSetting = { kind: "adam", values: new Map() };

function optimizerOf(setting: OptimizerSetting): Optimizer {
  return OPTIMIZERS.get(setting.kind) ?? fail("optimizer", `no ${setting.kind}`);
}

export function slotsOf(setting: OptimizerSetting): readonly string[] {
  return optimizerOf(setting).slots;
}

/** A setting's value, given or by default. */
export function optimizerValue(setting: OptimizerSetting, name: string): number {
  return (
    setting.values.get(name) ??
    optimizerOf(setting).defaults[name] ??
    fail("optimizer", `${setting.kind} has no ${name}`)
  );
}

export function updateFormula(setting: OptimizerSetting, context: UpdateContext): string {
  return optimizerOf(setting).formula(context, (name) => optimizerValue(setting, name));
}
