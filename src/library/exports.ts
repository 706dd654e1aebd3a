// The exports of the library for Node and browsers. The two entries add how specs and checkpoints are found.
export { CompileError, UserError } from "../base/diagnostic.ts";
export type { CompileOptions, TargetOptions } from "./compile.ts";
export type { CompileToOptions } from "./compile-to.ts";
export type { ExportedFile, WeightType } from "../export/request.ts";
export { importWeights, type ImportedWeight, type ImportOptions } from "./import-weights.ts";
export type { ArrayInput, Nested, NumberArray, NumberView, ShapedArray, TensorLike } from "./given.ts";
export type {
  Arrays,
  BeamOptions,
  Candidate,
  Chunk,
  CompiledModel,
  FirstState,
  GenerateOptions,
  Generation,
  GradientOptions,
  Gradients,
  InputInfo,
  Lengths,
  LibraryTrainer,
  ParameterInfo,
  Piece,
  Results,
  RunOptions,
  State,
  StateInfo,
  Stream,
  StreamOptions,
  SuggestOptions,
  Suggestion,
  Trace,
  TracedValue,
  TrainerSettings,
  Updated,
  UpdateOptions,
  WeightOptions,
  Weights,
} from "./types.ts";
export type { ApplyOptions, Tensors, Tfjs, TfjsLayer, TfjsTensor } from "./tfjs/types.ts";
export type {
  Chosen,
  ClipLimits,
  CurvePoint,
  Data,
  DataRow,
  EmbeddedWords,
  Embeddings,
  EncodedRows,
  EpochReport,
  EvaluateOptions,
  FitOptions,
  FitResult,
  Measures,
  PredictedRow,
  PredictionMeasures,
  PredictOptions,
  SeriesOptions,
  TruncationOptions,
  UpdateReport,
} from "./types-training.ts";
export type { DataFile } from "./data.ts";
export type { TextLoader } from "./text-loader.ts";
export type { Texts, TextVocabulary } from "./vocabularies.ts";
