// What a scalar function is on each target that generates code or calls kernels: the columns of the table beside this file.

/** A function of JavaScript's that WebAssembly may ask for, lane by lane, in float64. */
export type HostFunction =
  "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "atan2" | "sinh" | "cosh" | "pow" | "hypot";

/** What `src/codegen/wasm/lanes.ts` holds code of ours for. */
export type OwnLanes = "exp" | "log" | "log1p" | "tanh" | "sigmoid" | "sign" | "erf" | "mod";

export type WasmColumn =
  /** An instruction on four float32 lanes, by its name behind `f32x4.`. */
  | { readonly kind: "instruction"; readonly name: "neg" | "abs" | "floor" | "ceil" | "sqrt" }
  | { readonly kind: "instruction-of-two"; readonly name: "add" | "sub" | "mul" | "div" | "min" | "max" }
  /** An instruction that compares: 1 where it holds, else 0. */
  | { readonly kind: "comparison"; readonly name: "lt" | "le" | "gt" | "ge" | "eq" }
  | { readonly kind: "own"; readonly name: OwnLanes }
  | { readonly kind: "host"; readonly name: HostFunction }
  /** The instructions of the row's formula. */
  | { readonly kind: "formula" };

export function instruction(name: "neg" | "abs" | "floor" | "ceil" | "sqrt"): WasmColumn {
  return { kind: "instruction", name };
}

export function instructionOfTwo(name: "add" | "sub" | "mul" | "div" | "min" | "max"): WasmColumn {
  return { kind: "instruction-of-two", name };
}

export function ownLanes(name: OwnLanes): WasmColumn {
  return { kind: "own", name };
}

export function host(name: HostFunction): WasmColumn {
  return { kind: "host", name };
}

/** An expression in WGSL, by those of the operands, and the function that it calls where `src/codegen/wgsl` has none of that name. */
export interface WgslColumn {
  readonly text: (...operands: readonly string[]) => string;
  readonly source?: string;
}

export function infix(operator: string): WgslColumn {
  return { text: (a = "", b = "") => `${a} ${operator} ${b}` };
}

/** A function of WGSL's or of `src/codegen/wgsl/functions.ts`; `more` stands behind the operands. */
export function calls(name: string, ...more: readonly string[]): WgslColumn {
  return { text: (...operands) => `${name}(${[...operands, ...more].join(", ")})` };
}

/** A function that the row brings along: `fn NAME(…) -> f32 { … }`. */
export function defines(name: string, source: string): WgslColumn {
  return { ...calls(name), source: `fn ${name}${source}` };
}

export interface TfjsColumn {
  readonly kernel: string;
  /** The kernel gives booleans. */
  readonly isComparison?: true;
  /** On a GPU tfjs' kernel is too inexact, and `src/targets/tfjs/sine.ts` stands in. */
  readonly onGpu?: "sin" | "cos";
}

export interface Columns {
  readonly wasm: WasmColumn;
  readonly wgsl: WgslColumn;
  readonly tfjs: TfjsColumn;
}

/** A comparison, by its name in WebAssembly, its sign, and tfjs' kernel. */
export function comparison(name: "lt" | "le" | "gt" | "ge" | "eq", sign: string, kernel: string): Columns {
  return {
    wasm: { kind: "comparison", name },
    wgsl: { text: (a = "", b = "") => `select(0.0, 1.0, ${a} ${sign} ${b})` },
    tfjs: { kernel, isComparison: true },
  };
}
