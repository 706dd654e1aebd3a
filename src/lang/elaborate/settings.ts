// The `train { … }` block of a model, read and checked.
import type { Span } from "../../base/source.ts";
import { MOST_EACH, WHOLE_ROW } from "../../base/window-sizes.ts";
import type { Argument, Definition, Expression, Setting, WeightSetting } from "../ast.ts";
import { extraArgument } from "../messages.ts";
import { badSetting, settingTwice } from "../messages-settings.ts";
import { argumentTwice } from "../messages-statements.ts";
import { nearest } from "../nearest.ts";
import { readCount, readNumber } from "./arguments.ts";
import type { Frame } from "./frame.ts";

export interface OptimizerSetting {
  readonly kind: string;
  readonly values: ReadonlyMap<string, number>;
}

export interface ScheduleSetting {
  readonly kind: string;
  readonly values: ReadonlyMap<string, number>;
}

export interface ClipSettings {
  /** Clamps each element of each state's gradient at each step of the backward pass. */
  readonly state?: number;
  /** Clamps each element of the gradient. */
  readonly value?: number;
  /** Scales the whole gradient down to this norm. */
  readonly norm?: number;
}

/** The training settings of a model; those that have their default are absent. */
export interface TrainSettings {
  readonly optimizer?: OptimizerSetting;
  readonly schedule?: ScheduleSetting;
  readonly clip?: ClipSettings;
  /** An update every k1 steps, gradients through k2 steps; the loss of each step through `each` of them. */
  readonly truncate?: { readonly k1: number; readonly k2: number; readonly each?: number };
  readonly batch?: number;
  readonly epochs?: number;
  readonly seed?: number;
}

export const OPTIMIZERS: Readonly<Record<string, readonly string[]>> = {
  sgd: ["lr"],
  momentum: ["lr", "momentum"],
  rmsprop: ["lr", "decay", "epsilon"],
  adam: ["lr", "beta1", "beta2", "epsilon"],
  adamw: ["lr", "beta1", "beta2", "epsilon", "decay"],
};

export const SCHEDULES: Readonly<Record<string, readonly string[]>> = {
  constant: ["warmup"],
  step: ["every", "factor", "warmup"],
  exponential: ["factor", "warmup"],
  cosine: ["warmup", "final"],
};

/** The numbers that a setting may have; a setting that is not here may have any. */
interface Range {
  readonly holds: (value: number) => boolean;
  readonly words: string;
}

const POSITIVE: Range = { holds: (value) => value > 0, words: "above 0" };
const NOT_NEGATIVE: Range = { holds: (value) => value >= 0, words: "at least 0" };
const SHARE: Range = { holds: (value) => value >= 0 && value < 1, words: "at least 0 and below 1" };
const WHOLE: Range = { holds: (value) => Number.isInteger(value) && value >= 0, words: "a whole number, at least 0" };

const RANGES: ReadonlyMap<string, Range> = new Map([
  ["lr", POSITIVE],
  ["momentum", SHARE],
  ["beta1", SHARE],
  ["beta2", SHARE],
  ["epsilon", POSITIVE],
  ["factor", POSITIVE],
  ["final", NOT_NEGATIVE],
  ["warmup", WHOLE],
  ["every", { holds: (value) => Number.isInteger(value) && value >= 1, words: "a whole number, at least 1" }],
  ["the limit", POSITIVE],
  ["seed", WHOLE],
  ["scale", POSITIVE],
  ["weight decay", NOT_NEGATIVE],
]);

/** A number that the setting may have; undefined for any other, which has been reported. */
export function readWithin(expression: Expression, frame: Frame, name: string, shown: string): number | undefined {
  const value = readNumber(expression, frame, shown);
  const range = RANGES.get(name);
  if (value === undefined || range === undefined || range.holds(value)) return value;
  frame.context.report(badSetting(`${shown} must be ${range.words}, but this is ${value}`, expression.span));
  return undefined;
}

export function readSettings(frame: Frame): TrainSettings {
  const settings = settingsOf(frame.definition).flatMap((each) => (isOfWeights(each) ? [] : [each]));
  reportRepeated(settings, frame);
  return settings.reduce<TrainSettings>(
    (before, setting) => ({ ...before, ...readSetting(setting, before, frame) }),
    {},
  );
}

export function settingsOf(definition: Definition): readonly Setting[] {
  return definition.body.flatMap((statement) => (statement.kind === "train" ? statement.settings : []));
}

type OneSetting = Exclude<Setting, WeightSetting>;

function reportRepeated(settings: readonly OneSetting[], frame: Frame): void {
  const seen = new Map<string, OneSetting>();
  for (const setting of settings) {
    const name = setting.kind === "clip" ? `clip ${setting.mode.name}` : setting.kind;
    const before = seen.get(name);
    if (before === undefined) seen.set(name, setting);
    else frame.context.report(settingTwice(name, setting.span, before.span));
  }
}

/** `weight-settings.ts` reads these, as soon as the weights are known. */
function isOfWeights(setting: Setting): setting is WeightSetting {
  return setting.kind === "freeze" || setting.kind === "scale" || setting.kind === "decay";
}

function readSetting(setting: OneSetting, before: TrainSettings, frame: Frame): TrainSettings {
  switch (setting.kind) {
    case "optimizer":
    case "schedule": {
      const known = setting.kind === "optimizer" ? OPTIMIZERS : SCHEDULES;
      const names = known[setting.choice.name];
      if (names === undefined) {
        const close = nearest(setting.choice.name, Object.keys(known));
        const help =
          close === undefined ? `choose one of ${Object.keys(known).join(", ")}` : `did you mean \`${close}\`?`;
        frame.context.report(
          badSetting(`unknown ${setting.kind} \`${setting.choice.name}\``, setting.choice.span, help),
        );
        return {};
      }
      return {
        [setting.kind]: {
          kind: setting.choice.name,
          values: readValues(setting.arguments, names, setting.choice.name, frame),
        },
      };
    }
    case "clip": {
      const { name } = setting.mode;
      if (name !== "norm" && name !== "value" && name !== "state") {
        frame.context.report(
          badSetting(
            `there is no \`clip ${name}\``,
            setting.mode.span,
            "write `clip norm 5`, `clip value 1` or `clip state 1`",
          ),
        );
        return {};
      }
      const limit = readWithin(setting.value, frame, "the limit", "the limit");
      return limit === undefined ? {} : { clip: { ...before.clip, [name]: limit } };
    }
    case "truncate":
      return readTruncation(setting, frame);
    case "batch":
    case "epochs": {
      const count = readCount(setting.value, frame, `\`${setting.kind}\``);
      return count === undefined ? {} : { [setting.kind]: count };
    }
    case "seed": {
      const seed = readWithin(setting.value, frame, "seed", "`seed`");
      return seed === undefined ? {} : { seed };
    }
  }
}

function readTruncation(setting: Extract<OneSetting, { readonly kind: "truncate" }>, frame: Frame): TrainSettings {
  const values = readValues(setting.arguments, ["k1", "k2", "each"], "truncate", frame);
  const each = values.get("each");
  const k1 = values.get("k1") ?? values.get("k2") ?? (each === undefined ? undefined : WHOLE_ROW);
  if (k1 === undefined || [...values.values()].some((value) => !Number.isInteger(value) || value < 1)) {
    frame.context.report(
      badSetting(
        "`truncate` needs whole numbers of steps",
        setting.span,
        "write `truncate k1 = 32, k2 = 64` or `truncate each = 8`",
      ),
    );
    return {};
  }
  if (each !== undefined && each > MOST_EACH) {
    frame.context.report(badSetting(`\`each\` is ${each} steps, and may be ${MOST_EACH} at most`, setting.span));
    return {};
  }
  return { truncate: { k1, k2: values.get("k2") ?? k1, ...(each === undefined ? {} : { each }) } };
}

function readValues(
  given: readonly Argument[],
  names: readonly string[],
  of: string,
  frame: Frame,
): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  const seen = new Map<string, Span>();
  given.forEach((argument, index) => {
    const name = argument.name?.name ?? names[index];
    const before = seen.get(name ?? "");
    if (name !== undefined && before !== undefined) {
      frame.context.report(argumentTwice(name, argument.name?.span ?? argument.value.span, before));
      return;
    }
    if (name !== undefined) seen.set(name, argument.value.span);
    if (name === undefined || !names.includes(name)) {
      frame.context.report(
        extraArgument(
          `\`${argument.name?.name ?? index + 1}\``,
          `\`${of}\``,
          argument.name?.span ?? argument.value.span,
          names,
        ),
      );
      return;
    }
    const value = readWithin(argument.value, frame, name, `\`${name}\``);
    if (value !== undefined) values.set(name, value);
  });
  return values;
}
