// The settings of one training run: the spec's, with what the command line says instead, and defaults for the rest.
import { z } from "zod";
import type { TrainSettings } from "../lang/elaborate/settings.ts";
import { DEFAULT_OPTIMIZER } from "./optimizer.ts";

export interface RunSettings extends Required<Omit<TrainSettings, "schedule">> {
  readonly schedule?: NonNullable<TrainSettings["schedule"]>;
}

export const DEFAULTS = { batch: 32, epochs: 1, seed: 1, steps: 64 };

/** `over` wins over `spec`, and both over defaults. Running text cannot be read at once, so without `truncate` it is cut after 64 steps. */
export function resolveSettings(spec: TrainSettings, over: TrainSettings): RunSettings {
  const merged: TrainSettings = { ...spec, ...over };
  const { schedule } = merged;
  return {
    optimizer: merged.optimizer ?? DEFAULT_OPTIMIZER,
    clip: merged.clip ?? {},
    truncate: merged.truncate ?? { k1: DEFAULTS.steps, k2: DEFAULTS.steps },
    batch: merged.batch ?? DEFAULTS.batch,
    epochs: merged.epochs ?? DEFAULTS.epochs,
    seed: merged.seed ?? DEFAULTS.seed,
    ...(schedule === undefined ? {} : { schedule }),
  };
}

const CHOICE = z.object({ kind: z.string(), values: z.record(z.string(), z.number()) });

export const STORED_SETTINGS = z.object({
  optimizer: CHOICE,
  schedule: CHOICE.optional(),
  clip: z.object({ state: z.number().optional(), value: z.number().optional(), norm: z.number().optional() }),
  truncate: z.object({ k1: z.number(), k2: z.number() }),
  batch: z.number(),
  epochs: z.number(),
  seed: z.number(),
});

export type StoredSettings = z.infer<typeof STORED_SETTINGS>;

export function storeSettings(settings: RunSettings): StoredSettings {
  const { optimizer, schedule } = settings;
  const plain = (choice: {
    readonly kind: string;
    readonly values: ReadonlyMap<string, number>;
  }): z.infer<typeof CHOICE> => ({
    kind: choice.kind,
    values: Object.fromEntries(choice.values),
  });
  return {
    clip: { ...settings.clip },
    truncate: { ...settings.truncate },
    batch: settings.batch,
    epochs: settings.epochs,
    seed: settings.seed,
    optimizer: plain(optimizer),
    ...(schedule === undefined ? {} : { schedule: plain(schedule) }),
  };
}
