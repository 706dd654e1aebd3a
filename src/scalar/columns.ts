// The columns of the scalar table: a function on each target that generates code or calls kernels.

/** A function of JavaScript that WebAssembly calls for each lane, in float64. */
export type HostFunction =
  "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "atan2" | "sinh" | "cosh" | "pow" | "hypot";

/** Functions that `src/codegen/wasm/lanes.ts` has code for. */
export type OwnLanes = "exp" | "log" | "log1p" | "tanh" | "sigmoid" | "sign" | "erf" | "mod";

export type WasmColumn =
  /** An instruction on four float32 lanes, by its name after `f32x4.`. */
  | { readonly kind: "instruction"; readonly name: "neg" | "abs" | "floor" | "ceil" | "sqrt" }
  | { readonly kind: "instruction-of-two"; readonly name: "add" | "sub" | "mul" | "div" | "min" | "max" }
  /** An instruction that compares: 1 if it holds, else 0. */
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

/** An expression in WGSL from those of the operands, and the source of a function that it calls if `src/codegen/wgsl` has none. */
export interface WgslColumn {
  readonly text: (...operands: readonly string[]) => string;
  readonly source?: string;
}

export function infix(operator: string): WgslColumn {
  return { text: (a = "", b = "") => `${a} ${operator} ${b}` };
}

/** A call of a function of WGSL or of `src/codegen/wgsl/functions.ts`; `more` follows the operands. */
export function calls(name: string, ...more: readonly string[]): WgslColumn {
  return { text: (...operands) => `${name}(${[...operands, ...more].join(", ")})` };
}

/** A call of a function that the row defines: `fn NAME(…) -> f32 { … }`. */
export function defines(name: string, source: string): WgslColumn {
  return { ...calls(name), source: `fn ${name}${source}` };
}

export interface TfjsColumn {
  readonly kernel: string;
  /** The kernel returns booleans. */
  readonly isComparison?: true;
  /** tfjs' kernel is not exact enough on a GPU: `src/targets/tfjs/sine.ts` replaces it there. */
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
