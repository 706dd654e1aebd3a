// What the functions of one C file share: memory, arrays, and functions of tasks.
import type { TaskFunctions } from "../../codegen/c/functions.ts";
import type { Place } from "../../codegen/c/operands.ts";
import type { ExportRequest } from "../request.ts";
import type { StaticArrays } from "./arrays.ts";
import type { Cut } from "./cut.ts";
import type { Parameter } from "./parameters.ts";
import type { StateStruct } from "./state-struct.ts";

export interface FileParts {
  readonly cut: Cut;
  readonly weights: ExportRequest["weights"];
  readonly struct: StateStruct;
  readonly arrays: StaticArrays;
  readonly functions: TaskFunctions;
}

/** A member of the struct, and how many elements it has. */
export interface Kept {
  readonly place: Place;
  readonly count: number;
}

/** One function of the file. */
export interface StepFunction {
  readonly parameters: readonly Parameter[];
  readonly statements: readonly string[];
}

/** A statement that copies elements. */
export function copyStatement(to: Place, from: Place, count: number): string {
  return `memcpy(${to.pointer}, ${from.pointer}, ${count} * sizeof(${to.type}));`;
}
