// The library: `import { compile } from "recurra"`.
export { CompileError, UserError } from "./base/diagnostic.ts";
export type { ArrayInput, Nested, NumberArray, TensorLike } from "./library/arrays.ts";
export { compile, type CompileOptions } from "./library/compile.ts";
export type {
  Arrays,
  CompiledModel,
  GenerateOptions,
  InputInfo,
  LibraryTrainer,
  ParameterInfo,
  Results,
  RunOptions,
  Stream,
  StreamOptions,
  TrainerSettings,
  UpdateOptions,
} from "./library/types.ts";
