// The settings of one training run: those of the caller, then those of the spec, then defaults.
import type { TrainSettings } from "../lang/elaborate/settings.ts";
import type { Layout } from "../data/data-source.ts";
import { DEFAULTS } from "./defaults.ts";
import { DEFAULT_OPTIMIZER } from "./optimizer.ts";
import { WHOLE_ROW } from "../base/window-sizes.ts";
import type { Truncation } from "./windows.ts";

export interface RunSettings extends Required<Omit<TrainSettings, "schedule" | "truncate">> {
  readonly schedule?: NonNullable<TrainSettings["schedule"]>;
  /** Null: gradients go through whole sequences. */
  readonly truncate: Truncation | null;
  /** The paths of the weights that stay as they are. */
  readonly frozen: readonly string[];
}

/** `over` comes before `spec`, and both before defaults. By default, running text is cut every 64 steps, and rows are not cut. */
export function resolveSettings(spec: TrainSettings, over: TrainSettings, layout: Layout): RunSettings {
  const merged: TrainSettings = { ...spec, ...over };
  const { schedule } = merged;
  return {
    optimizer: merged.optimizer ?? DEFAULT_OPTIMIZER,
    clip: merged.clip ?? {},
    truncate: truncationOf(merged, layout),
    batch: merged.batch ?? DEFAULTS.batch,
    epochs: merged.epochs ?? DEFAULTS.epochs,
    seed: merged.seed ?? DEFAULTS.seed,
    frozen: [],
    ...(schedule === undefined ? {} : { schedule }),
  };
}

/** A text has no rows, so one that is cut by `each` alone is read in the usual windows. */
function truncationOf({ truncate }: TrainSettings, layout: Layout): Truncation | null {
  if (layout === "rows") return truncate ?? null;
  const { k1 = WHOLE_ROW, k2 = WHOLE_ROW } = truncate ?? {};
  if (k1 < WHOLE_ROW) return { ...truncate, k1, k2 };
  return { ...truncate, k1: DEFAULTS.steps, k2: DEFAULTS.steps };
}
