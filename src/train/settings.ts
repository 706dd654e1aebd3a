// The settings of one training run: those of the caller, then those of the spec, then defaults.
import * as z from "zod";
import { UserError } from "../base/diagnostic.ts";
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

/** `over` comes before `spec`, and both before defaults. By default, running text is cut every 64 steps, and rows are not cut. */
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

const CHOICE = z.object({ kind: z.string(), values: z.record(z.string(), z.number()) });

export const STORED_SETTINGS = z.object({
  optimizer: CHOICE,
  schedule: CHOICE.optional(),
  clip: z.object({ state: z.number().optional(), value: z.number().optional(), norm: z.number().optional() }),
  truncate: z.object({ k1: z.number(), k2: z.number() }).nullable(),
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
    truncate: settings.truncate === null ? null : { ...settings.truncate },
    batch: settings.batch,
    epochs: settings.epochs,
    seed: settings.seed,
    optimizer: plain(optimizer),
    ...(schedule === undefined ? {} : { schedule: plain(schedule) }),
  };
}

/** Reads the settings of a checkpoint. Throws a UserError for wrong ones. */
export function restoreSettings(stored: unknown, path: string): RunSettings {
  const result = STORED_SETTINGS.safeParse(stored);
  if (!result.success)
    throw new UserError(`${path}: its training settings are not as they should be:\n${z.prettifyError(result.error)}`);
  const choice = ({ kind, values }: z.infer<typeof CHOICE>): NonNullable<TrainSettings["optimizer"]> => ({
    kind,
    values: new Map(Object.entries(values)),
  });
  const { optimizer, schedule, clip, ...rest } = result.data;
  const { state, value, norm } = clip;
  return {
    ...rest,
    optimizer: choice(optimizer),
    clip: {
      ...(state === undefined ? {} : { state }),
      ...(value === undefined ? {} : { value }),
      ...(norm === undefined ? {} : { norm }),
    },
    ...(schedule === undefined ? {} : { schedule: choice(schedule) }),
  };
}
