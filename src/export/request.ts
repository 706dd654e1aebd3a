// What an exporter is given, and what it returns. Exporters read a compiled cell or model; they never change it.
import type { Layout } from "../data/data-source.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { Statics } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import type { Sizes } from "../shape/dim.ts";
import type { HostArray } from "../targets/target.ts";

/** How weights are stored: 32-bit floats, 16-bit floats, or 8-bit integers with a scale for each row. */
export type WeightType = "f32" | "f16" | "int8";

export interface ExportRequest {
  readonly definition: ScopedDefinition;
  readonly statics: Statics;
  /** All sizes of weights, by their names in the spec. Lengths and the batch are not among them. */
  readonly sizes: Sizes;
  /** All weights, by their names in the program's graph, float32. */
  readonly weights: ReadonlyMap<string, HostArray>;
  /** By the names under which a checkpoint stores them. */
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** How many steps it writes if its user does not say; null: as many as an input has that is read along. */
  readonly writtenSteps: number | null;
  /** How its data are laid out: one running text, or rows. */
  readonly layout: Layout;
  /** The prefix of identifiers and the stem of file names: ASCII letters, digits and `_`. */
  readonly name: string;
  /** Which spec, version and settings the files come from, for their first line. */
  readonly madeFrom: string;
  readonly weightType: WeightType;
  /** Whether the weights are written to a file of their own. */
  readonly hasWeightsFile: boolean;
  /** Whether the module can train. */
  readonly hasTraining: boolean;
}

export interface ExportedFile {
  /** Without a folder. */
  readonly name: string;
  readonly content: string | Uint8Array;
  /** A line that the command prints beside the size of the file. */
  readonly note?: string;
}

/** Returns the files, the main one first. Throws a UserError for what the format cannot express. */
export type Exporter = (request: ExportRequest) => Promise<readonly ExportedFile[]>;
