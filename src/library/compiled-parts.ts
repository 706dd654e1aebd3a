// What a compiled cell or model is made of.
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
  /** Start tokens by the names of their vocabularies' sizes, where a checkpoint has them. */
  readonly starts: ReadonlyMap<string, number>;
  readonly vocabularies: (program: Program) => ReadonlyMap<string, Vocabulary>;
  readonly weights: Weights;
  /** Whether numbers may be NaN or infinite, in all that it is given. */
  readonly allowNonFinite: boolean;
  /** Throws a UserError for weights and sizes that are not all there: those of a checkpoint must be. */
  readonly check?: (program: Program, nameOf: (weight: string) => string) => void;
  /** How many updates the weights have seen. */
  readonly updates: number;
  readonly origin: Origin;
}

/** Where it came from, for saving it. */
export interface Origin {
  readonly sources: Description["sources"];
  readonly layout?: Layout;
  readonly settings?: unknown;
}
