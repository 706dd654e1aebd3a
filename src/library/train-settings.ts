// Reads the settings of training: optimizer, schedule, clipping, truncation. The others are those of the spec.
import { UserError } from "../base/diagnostic.ts";
import { MOST_EACH, WHOLE_ROW } from "../base/window-sizes.ts";
import {
  OPTIMIZERS,
  SCHEDULES,
  type ClipSettings,
  type OptimizerSetting,
  type ScheduleSetting,
  type TrainSettings,
} from "../lang/elaborate/settings.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { refuseAllFrozen } from "../train/frozen.ts";
import { DEFAULT_OPTIMIZER } from "../train/optimizer.ts";
import type { Truncation } from "../train/windows.ts";
import { refuseUnknown } from "./names.ts";
import { readEntries, isWhole, wrongValue } from "./options.ts";
import { selectWeights } from "./select-weights.ts";
import type { Chosen, ClipLimits, TruncationOptions } from "./types-training.ts";

/** Throws a UserError for an unknown optimizer or setting, and for a value that is out of range. */
export function optimizerOf(given: Chosen | undefined, spec: TrainSettings): OptimizerSetting {
  const { optimizer = DEFAULT_OPTIMIZER } = spec;
  if (given === undefined) return optimizer;
  return choiceOf(given, { of: "optimizer", known: OPTIMIZERS, spec: optimizer, valueOf: optimizerValueOf });
}

/** Undefined if neither the options nor the spec have one. Throws as `optimizerOf`. */
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
  readonly valueOf: (name: string, value: unknown, label: string) => number;
}

const EXAMPLES = { optimizer: '{ kind: "adam", lr: 0.01 }', schedule: '{ kind: "cosine", warmup: 100 }' };

function choiceOf(choice: Chosen, { of, known, spec, valueOf }: Choices): OptimizerSetting {
  const given = readEntries<unknown>(choice, `\`${of}\``, EXAMPLES[of]);
  const kind = given.get("kind") ?? spec.kind;
  if (typeof kind !== "string")
    throw wrongValue(`the \`kind\` of \`${of}\``, kind, `one of ${Object.keys(known).join(", ")}`);
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

/** As in a spec, but the learning rate may be 0. Checked as a 32-bit float, because updates are computed in those. */
function optimizerValueOf(name: string, value: unknown, label: string): number {
  const number = typeof value === "number" ? Math.fround(value) : NaN;
  if (!Number.isFinite(number) || number < 0) throw wrongValue(label, value, "a finite number, 0 or more");
  if (["momentum", "beta1", "beta2"].includes(name) && number >= 1) throw wrongValue(label, value, "below 1");
  // With 0, an update would divide by 0 if a gradient is 0.
  if (name === "epsilon" && number === 0) throw wrongValue(label, value, "above 0");
  return Number(value);
}

function scheduleValueOf(name: string, value: unknown, label: string): number {
  if (name === "warmup" && !isWhole(value, 0)) throw wrongValue(label, value, "a whole number, 0 or more");
  if (name === "every" && !isWhole(value, 1)) throw wrongValue(label, value, "a whole number, 1 or more");
  const number = Number(value);
  if (typeof value !== "number" || !Number.isFinite(number) || number < 0)
    throw wrongValue(label, value, "a finite number, 0 or more");
  if (name === "factor" && number === 0) throw wrongValue(label, value, "above 0");
  return number;
}

/** An infinite limit removes that of the spec. Throws a UserError for an unknown limit, and for one that is not above 0. */
export function clipOf(given: ClipLimits | undefined, spec: TrainSettings): ClipSettings {
  const before = spec.clip ?? {};
  if (given === undefined) return before;
  const limits = readEntries<unknown>(given, "`clip`", "{ norm: 5 }");
  refuseUnknown(limits.keys(), ["norm", "value", "state"], "`clip` has no limit");
  const all = new Map<string, unknown>(Object.entries(before));
  for (const [name, limit] of limits) if (limit !== undefined) all.set(name, limitOf(name, limit));
  return Object.fromEntries([...all].filter(([, limit]) => limit !== Infinity));
}

function limitOf(name: string, limit: unknown): number {
  if (typeof limit === "number" && limit > 0) return limit;
  throw wrongValue(`the limit of \`clip\` \`${name}\``, limit, "above 0");
}

/**
 * `steps` sets k1 and k2. `truncateEach` alone reads whole rows. What is not given is that of the spec. Undefined if nothing is given. Throws a
 * UserError for a value that is not a number of steps.
 */
export function truncationOf(
  { steps, k1 = steps, k2 = steps, truncateEach }: TruncationOptions,
  { truncate }: TrainSettings,
): Truncation | undefined {
  for (const [name, value] of Object.entries({ steps, k1, k2, truncateEach }))
    if (value !== undefined && !isWhole(value, 1))
      throw wrongValue(`\`${name}\``, value, "a whole number of steps, 1 or more");
  if (truncateEach !== undefined && truncateEach > MOST_EACH)
    throw wrongValue("`truncateEach`", truncateEach, `${MOST_EACH} steps at most`);
  if (k1 === undefined && k2 === undefined && truncateEach === undefined) return undefined;
  const each = truncateEach ?? truncate?.each;
  // The windows of a spec that says only `each` are whole rows, and no number of steps to take from it.
  const spec = truncate?.k1 === WHOLE_ROW ? undefined : truncate;
  const first = k1 ?? spec?.k1 ?? k2 ?? WHOLE_ROW;
  return { k1: first, k2: k2 ?? spec?.k2 ?? first, ...(each === undefined ? {} : { each }) };
}

/** The paths of frozen weights, of the spec and of the options. Throws a UserError for a name that is not of a weight, and if nothing is left to train. */
export function frozenOf(given: readonly string[] = [], program: Program): readonly string[] {
  const { name, parameters } = program;
  const known = parameters.map((parameter) => parameter.name);
  const selected = new Set(selectWeights(given, { known, owner: name, option: "freeze" }));
  const frozen = parameters.flatMap((each) => (each.learning.isFrozen || selected.has(each.name) ? [each.name] : []));
  refuseAllFrozen(program, frozen);
  return frozen;
}

/** Throws a UserError if the rate makes the learning rate infinite. */
export function refuseEndlessRate(rate: number, learningRate: number): void {
  if (!Number.isFinite(Math.fround(rate * learningRate)))
    throw new UserError(`the rate is ${rate}: with it the learning rate is not a finite number`);
}
