// The settings of a training run as a checkpoint stores them.
import * as z from "zod";
import { UserError } from "../base/diagnostic.ts";
import type { TrainSettings } from "../lang/elaborate/settings.ts";
import type { RunSettings } from "./settings.ts";
import type { Truncation } from "./windows.ts";

const CHOICE = z.object({ kind: z.string(), values: z.record(z.string(), z.number()) });

export const STORED_SETTINGS = z.object({
  optimizer: CHOICE,
  schedule: CHOICE.optional(),
  clip: z.object({ state: z.number().optional(), value: z.number().optional(), norm: z.number().optional() }),
  truncate: z.object({ k1: z.number(), k2: z.number(), each: z.number().optional() }).nullable(),
  batch: z.number(),
  epochs: z.number(),
  seed: z.number(),
  /** Absent if all weights are trained. */
  frozen: z.array(z.string()).optional(),
});

export type StoredSettings = z.infer<typeof STORED_SETTINGS>;

export function storeSettings(settings: RunSettings): StoredSettings {
  const { optimizer, schedule, frozen } = settings;
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
    ...(frozen.length === 0 ? {} : { frozen: [...frozen] }),
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
  const { optimizer, schedule, clip, truncate, frozen = [], ...rest } = result.data;
  const { state, value, norm } = clip;
  return {
    ...rest,
    frozen,
    truncate: truncate === null ? null : truncationFrom(truncate),
    optimizer: choice(optimizer),
    clip: {
      ...(state === undefined ? {} : { state }),
      ...(value === undefined ? {} : { value }),
      ...(norm === undefined ? {} : { norm }),
    },
    ...(schedule === undefined ? {} : { schedule: choice(schedule) }),
  };
}

function truncationFrom({ k1, k2, each }: NonNullable<StoredSettings["truncate"]>): Truncation {
  return { k1, k2, ...(each === undefined ? {} : { each }) };
}
