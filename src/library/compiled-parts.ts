// The parts from which a compiled cell or model is constructed.
import type { Vocabulary } from "../data/vocabulary.ts";
import type { Program, Statics } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import type { Description } from "../checkpoint/checkpoint.ts";
import type { Target } from "../targets/target.ts";
import type { Layout } from "../data/data-source.ts";
import type { Weights } from "./types.ts";

export interface CompiledParts<T> {
  readonly definition: ScopedDefinition;
  readonly statics: Statics;
  readonly target: Target<T>;
  readonly seed?: number;
  readonly sizes: ReadonlyMap<string, number>;
  /** Start tokens of a checkpoint, by the names of their vocabularies' sizes. */
  readonly starts: ReadonlyMap<string, number>;
  readonly vocabularies: (program: Program) => ReadonlyMap<string, Vocabulary>;
  readonly weights: Weights;
  /** Whether arrays and weights may hold NaN and infinite numbers. */
  readonly allowNonFinite: boolean;
  /** Throws a UserError if weights or sizes are missing. A checkpoint must have all of them. */
  readonly check?: (program: Program, nameOf: (weight: string) => string) => void;
  /** The number of updates that the weights have had. */
  readonly updates: number;
  readonly origin: Origin;
}

/** Its source and how it was trained, for checkpoints. */
export interface Origin {
  readonly sources: Description["sources"];
  readonly layout?: Layout;
  readonly settings?: unknown;
  /** The longest sequence of the training rows, by time. */
  readonly longest?: ReadonlyMap<string, number>;
}
