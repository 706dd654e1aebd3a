// What a run trains on and is measured on, with the vocabularies and sizes that the data give.
import type { DataSource } from "../data/data-source.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { Sizes } from "../shape/dim.ts";
import type { MeasuredSource, TrainingSource } from "./source.ts";

export interface TrainingData {
  readonly training: TrainingSource;
  /** Null where there is nothing to measure on. */
  readonly heldOut: MeasuredSource | null;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** Sizes by name that the data gave: of vocabularies, and of axes that the spec left open. */
  readonly sizes: Sizes;
  /** Whether targets are missing at some steps: the model must then be one for such data (`labelledAs`). */
  readonly isPartlyLabelled: boolean;
  /** For the user: how much there is. */
  readonly about: readonly string[];
  close(): void;
}

/** Data of the model's layout. */
export interface GivenData {
  readonly training: DataSource;
  readonly validation?: DataSource;
}

/** Vocabularies and sizes that are fixed already: those of a trained model, or of a run that goes on. */
export interface KnownData {
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  readonly sizes: Sizes;
}

export interface DataOptions {
  /** Rarer symbols become unknown. */
  readonly minCount: number;
  /** Leave out and count rows that are bad, rather than refusing them all. */
  readonly skipBad?: boolean;
  /** Whether the last tenth is held out where there are no validation data. Default: true. */
  readonly holdsOut?: boolean;
  readonly known?: KnownData;
}

export interface MeasuredData {
  readonly source: MeasuredSource;
  readonly isPartlyLabelled: boolean;
  close(): void;
}
