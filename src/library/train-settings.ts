// The settings of training as a user gives them: optimizer, schedule, clipping, truncation. What is not given is the spec's.
import { UserError } from "../base/diagnostic.ts";
import {
  OPTIMIZERS,
  SCHEDULES,
  type ClipSettings,
  type OptimizerSetting,
  type ScheduleSetting,
  type TrainSettings,
} from "../lang/elaborate/settings.ts";
import { DEFAULT_OPTIMIZER } from "../train/optimizer.ts";
import { refuseUnknown } from "./names.ts";
import { entriesOf, isWhole, mustBe } from "./options.ts";
import type { Chosen, ClipLimits, TruncationOptions } from "./types-training.ts";

/** Throws a UserError for an optimizer or a setting that does not exist, and for a value that it may not have. */
export function optimizerOf(given: Chosen | undefined, spec: TrainSettings): OptimizerSetting {
  const { optimizer = DEFAULT_OPTIMIZER } = spec;
  if (given === undefined) return optimizer;
  return choiceOf(given, { of: "optimizer", known: OPTIMIZERS, spec: optimizer, valueOf: optimizerValueOf });
}

/** Undefined where neither the options nor the spec have one. Throws a UserError as `optimizerOf`. */
export function scheduleOf(given: Chosen | undefined, spec: TrainSettings): ScheduleSetting | undefined {
  if (given === undefined) return spec.schedule;
  const { schedule = { kind: "constant", values: new Map<string, number>() } } = spec;
  return choiceOf(given, { of: "schedule", known: SCHEDULES, spec: schedule, valueOf: scheduleValueOf });
}

interface Choices {
  readonly of: "optimizer" | "schedule";
  /** The settings of each kind. */
  readonly known: Readonly<Record<string, readonly string[]>>;
  readonly spec: OptimizerSetting;
  readonly valueOf: (name: string, value: unknown, told: string) => number;
}

const EXAMPLES = { optimizer: '{ kind: "adam", lr: 0.01 }', schedule: '{ kind: "cosine", warmup: 100 }' };

function choiceOf(choice: Chosen, { of, known, spec, valueOf }: Choices): OptimizerSetting {
  const given = entriesOf<unknown>(choice, `\`${of}\``, EXAMPLES[of]);
  const kind = given.get("kind") ?? spec.kind;
  if (typeof kind !== "string")
    throw mustBe(`the \`kind\` of \`${of}\``, kind, `one of ${Object.keys(known).join(", ")}`);
  refuseUnknown([kind], Object.keys(known), `there is no ${of}`);
  const values = [...given].filter(([name, value]) => name !== "kind" && value !== undefined);
  refuseUnknown(
    values.map(([name]) => name),
    known[kind] ?? [],
    `\`${kind}\` has no setting`,
  );
  return {
    kind,
    values: new Map([
      ...(kind === spec.kind ? spec.values : []),
      ...values.map(([name, value]) => [name, valueOf(name, value, `\`${name}\` of \`${kind}\``)] as const),
    ]),
  };
}

/** As in a spec, but that the rate may be 0; each as a 32-bit float, in which updates are computed. */
function optimizerValueOf(name: string, value: unknown, told: string): number {
  const number = typeof value === "number" ? Math.fround(value) : NaN;
  if (!Number.isFinite(number) || number < 0) throw mustBe(told, value, "a finite number, 0 or more");
  if (["momentum", "beta1", "beta2"].includes(name) && number >= 1) throw mustBe(told, value, "below 1");
  // What divides by the root of a gradient that is 0 would be no number.
  if (name === "epsilon" && number === 0) throw mustBe(told, value, "above 0");
  return Number(value);
}

function scheduleValueOf(name: string, value: unknown, told: string): number {
  if (name === "warmup" && !isWhole(value, 0)) throw mustBe(told, value, "a whole number, 0 or more");
  if (name === "every" && !isWhole(value, 1)) throw mustBe(told, value, "a whole number, 1 or more");
  const number = Number(value);
  if (typeof value !== "number" || !Number.isFinite(number) || number < 0)
    throw mustBe(told, value, "a finite number, 0 or more");
  if (name === "factor" && number === 0) throw mustBe(told, value, "above 0");
  return number;
}

/** A limit that is infinite switches off that of the spec. Throws a UserError for a limit that does not exist or is not above 0. */
export function clipOf(given: ClipLimits | undefined, spec: TrainSettings): ClipSettings {
  const before = spec.clip ?? {};
  if (given === undefined) return before;
  const limits = entriesOf<unknown>(given, "`clip`", "{ norm: 5 }");
  refuseUnknown(limits.keys(), ["norm", "value", "state"], "`clip` has no limit");
  const all = new Map<string, unknown>(Object.entries(before));
  for (const [name, limit] of limits) if (limit !== undefined) all.set(name, limitOf(name, limit));
  return Object.fromEntries([...all].filter(([, limit]) => limit !== Infinity));
}

function limitOf(name: string, limit: unknown): number {
  if (typeof limit === "number" && limit > 0) return limit;
  throw mustBe(`the limit of \`clip\` \`${name}\``, limit, "above 0");
}

/**
 * `steps` stands for both; one of `k1` and `k2` alone leaves the other as the spec says. Undefined where nothing is given. Throws a
 * UserError for what is no number of steps.
 */
export function truncationOf(
  { steps, k1 = steps, k2 = steps }: TruncationOptions,
  { truncate }: TrainSettings,
): { readonly k1: number; readonly k2: number } | undefined {
  for (const [name, value] of Object.entries({ steps, k1, k2 }))
    if (value !== undefined && !isWhole(value, 1))
      throw mustBe(`\`${name}\``, value, "a whole number of steps, 1 or more");
  const first = k1 ?? truncate?.k1 ?? k2;
  if (first === undefined || (k1 === undefined && k2 === undefined)) return undefined;
  return { k1: first, k2: k2 ?? (k1 === undefined ? first : (truncate?.k2 ?? k1)) };
}

/** Throws a UserError where a rate would make the learning rate larger than a number. */
export function refuseEndlessRate(rate: number, learningRate: number): void {
  if (!Number.isFinite(Math.fround(rate * learningRate)))
    throw new UserError(`the rate is ${rate}: with it the learning rate is not a finite number`);
}
