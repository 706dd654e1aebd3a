// The settings of one training run: the spec's, with what the command line says instead, and defaults for the rest.
import type { TrainSettings } from "../lang/elaborate/settings.ts";
import type { Layout } from "../data/data-source.ts";
import { DEFAULT_OPTIMIZER } from "./optimizer.ts";
import type { Truncation } from "./windows.ts";

export interface RunSettings extends Required<Omit<TrainSettings, "schedule" | "truncate">> {
  readonly schedule?: NonNullable<TrainSettings["schedule"]>;
  /** Null: gradients go through whole sequences. */
  readonly truncate: Truncation | null;
}

export const DEFAULTS = { batch: 32, epochs: 1, seed: 1, steps: 64 };

/** `over` wins over `spec`, and both over defaults. Running text cannot be read at once, so without `truncate` it is cut after 64 steps; rows are not cut. */
export function resolveSettings(spec: TrainSettings, over: TrainSettings, layout: Layout): RunSettings {
  const merged: TrainSettings = { ...spec, ...over };
  const { schedule } = merged;
  return {
    optimizer: merged.optimizer ?? DEFAULT_OPTIMIZER,
    clip: merged.clip ?? {},
    truncate: merged.truncate ?? (layout === "text" ? { k1: DEFAULTS.steps, k2: DEFAULTS.steps } : null),
    batch: merged.batch ?? DEFAULTS.batch,
    epochs: merged.epochs ?? DEFAULTS.epochs,
    seed: merged.seed ?? DEFAULTS.seed,
    ...(schedule === undefined ? {} : { schedule }),
  };
}
