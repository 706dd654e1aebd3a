// Settings of `train` for some weights: which are frozen, the factors of their learning rates, their decay. Of several settings for one
// weight the last one counts.
import { beginnings, isSelected } from "../../base/weight-pattern.ts";
import type { Identifier, WeightSetting } from "../ast.ts";
import { badSetting, noSuchWeights } from "../messages-settings.ts";
import { nearest } from "../nearest.ts";
import type { Frame } from "./frame.ts";
import { readWithin, settingsOf, type TrainSettings } from "./settings.ts";

/** How a weight is trained. */
export interface Learning {
  /** Whether it stays as it is: no gradient, no slots, no decay. */
  readonly isFrozen: boolean;
  /** The factor of its learning rate. */
  readonly rate: number;
  /** Its weight decay; null: that of the optimizer. */
  readonly decay: number | null;
}

export const AS_OTHERS: Learning = { isFrozen: false, rate: 1, decay: null };

type Change = Partial<Learning>;

/** Of all weights for which there are settings, by their names. */
export function readLearning(frame: Frame, settings: TrainSettings): ReadonlyMap<string, Change> {
  const { context } = frame;
  const found = new Map<string, Change>();
  // After another error, or without a cell, weights may be missing only because of that.
  const isWhole = context.open === undefined && !context.diagnostics.some(({ severity }) => severity === "error");
  for (const setting of settingsOf(frame.definition)) {
    if (setting.kind !== "freeze" && setting.kind !== "scale" && setting.kind !== "decay") continue;
    const change = changeOf(setting, frame, settings);
    if (change === undefined || !isWhole) continue;
    for (const pattern of setting.patterns)
      for (const weight of weightsOf(pattern, frame)) found.set(weight, { ...found.get(weight), ...change });
  }
  return found;
}

function changeOf(setting: WeightSetting, frame: Frame, { optimizer }: TrainSettings): Change | undefined {
  switch (setting.kind) {
    case "freeze":
      return { isFrozen: true };
    case "scale": {
      const rate = readWithin(setting.value, frame, "scale", "the factor of `lr`");
      return rate === undefined ? undefined : { rate };
    }
    case "decay": {
      const { kind = "adam" } = optimizer ?? {};
      if (kind !== "adamw") {
        const help = "write `optimizer adamw`, which decays weights";
        frame.context.report(badSetting(`\`${kind}\` does not decay weights`, setting.span, help));
        return undefined;
      }
      const decay = readWithin(setting.value, frame, "weight decay", "`decay`");
      return decay === undefined ? undefined : { decay };
    }
  }
}

/** A pattern without weights is an error. */
function weightsOf({ name, span }: Identifier, { context, definition }: Frame): readonly string[] {
  const known = context.weights.all().map((weight) => weight.name);
  const selected = known.filter((weight) => isSelected(weight, name));
  if (selected.length > 0) return selected;
  const close = name.includes("*") ? undefined : nearest(name, [...known, ...known.flatMap(beginnings)]);
  context.report(noSuchWeights(definition.name.name, { name, span }, known, close));
  return [];
}
