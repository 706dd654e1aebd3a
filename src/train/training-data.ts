// Types of opened data: sources of batches, with the vocabularies and sizes of the data.
import type { DataSource } from "../data/data-source.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { Sizes } from "../shape/dim.ts";
import type { Scale } from "./scales.ts";
import type { MeasuredSource, TrainingSource } from "./source.ts";

export interface TrainingData {
  readonly training: TrainingSource;
  /** Null if there is nothing to measure on. */
  readonly heldOut: MeasuredSource | null;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** Sizes by name: of vocabularies, and of axes whose sizes come from data. */
  readonly sizes: Sizes;
  /** The longest sequence of the training rows, by time; empty for a text. */
  readonly longest: Sizes;
  /** Of inputs and targets that are `scaled`, by their names. */
  readonly scales: ReadonlyMap<string, Scale>;
  /** Whether targets are missing at some steps. The model must then be one for such data (`withLabelling`). */
  readonly isPartlyLabelled: boolean;
  /** Lines for the user about the amount of data. */
  readonly about: readonly string[];
  close(): void;
}

/** Data of the model's layout. */
export interface GivenData {
  readonly training: DataSource;
  readonly validation?: DataSource;
}

/** Vocabularies and sizes that are fixed: those of a trained model, or of a run that is resumed. */
export interface KnownData {
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  readonly sizes: Sizes;
}

export interface DataOptions {
  /** Rarer symbols become unknown. */
  readonly minCount: number;
  /** Skip and count bad rows. Otherwise a bad row is an error. */
  readonly skipBad?: boolean;
  /** Whether the last tenth is held out if there are no validation data. Default: true. */
  readonly holdsOut?: boolean;
  readonly known?: KnownData;
}

export interface MeasuredData {
  readonly source: MeasuredSource;
  readonly isPartlyLabelled: boolean;
  close(): void;
}
