// The cells that ONNX has operators for, as specs: what an exporter compares cells with, and what an importer writes.

export type OperatorName = "LSTM" | "GRU" | "RNN";

/** Activations by the names of our functions. */
export const ACTIVATIONS: ReadonlyMap<string, string> = new Map([
  ["sigmoid", "Sigmoid"],
  ["tanh", "Tanh"],
  ["relu", "Relu"],
]);

/** A variant of an operator. */
export interface Variant {
  readonly operator: OperatorName;
  /** Names of our functions, in ONNX's order. */
  readonly activations: readonly string[];
  /** Inputs of activations are kept within ± this. */
  readonly clip: number | undefined;
  /** Of a GRU: whether the reset gate comes after the product. */
  readonly linearBeforeReset: boolean;
  /** Of an LSTM: whether its gates see the memory. Default: true. */
  readonly hasPeepholes?: boolean;
}

export const GATES: Readonly<Record<OperatorName, readonly string[]>> = {
  LSTM: ["i", "o", "f", "g"],
  GRU: ["z", "r", "n"],
  RNN: ["a"],
};

/** How many functions each operator has. */
export const ACTIVATION_COUNTS: Readonly<Record<OperatorName, number>> = { LSTM: 3, GRU: 2, RNN: 1 };

/** The spec of a variant, as a cell with the parameter H. Biases and peepholes may be missing in a cell that is compared with it. */
export function cellText(
  name: string,
  { operator, activations, clip, linearBeforeReset, hasPeepholes = true }: Variant,
): string {
  const [f = "", g = "", h = ""] = activations;
  const clipped = (text: string): string => (clip === undefined ? text : `clamp(${text}, ${-clip}, ${clip})`);
  const seeing = (gate: string, memory: string): string => (hasPeepholes ? `${gate} + p${gate} * ${memory}` : gate);
  switch (operator) {
    case "RNN":
      return `cell ${name}(H) {
  input x
  state h: [H]
  a = linear(x, h[t-1])
  h = ${f}(${clipped("a")})
}`;
    case "GRU": {
      const gates = `cell ${name}(H) {
  input x
  state h: [H]
  z = linear(x, h[t-1])
  zt = ${f}(${clipped("z")})
  r = linear(x, h[t-1])
  rt = ${f}(${clipped("r")})`;
      const update = `
  ht = ${g}(${clipped("n")})
  h = (1 - zt) * ht + zt * h[t-1]
}`;
      return linearBeforeReset
        ? `${gates}\n  u = linear(h[t-1])\n  nx = linear(x)\n  n = nx + rt * u${update}`
        : `${gates}\n  n = linear(x, rt * h[t-1])${update}`;
    }
    case "LSTM":
      return `cell ${name}(H) {
  input x
  state h: [H]
  state c: [H]
${hasPeepholes ? "  param pi, po, pf: [H] ~ zeros\n" : ""}  i = linear(x, h[t-1])
  it = ${f}(${clipped(seeing("i", "c[t-1]"))})
  f = linear(x, h[t-1])
  ft = ${f}(${clipped(seeing("f", "c[t-1]"))})
  g = linear(x, h[t-1])
  gt = ${g}(${clipped("g")})
  c = ft * c[t-1] + it * gt
  o = linear(x, h[t-1])
  ot = ${f}(${clipped(seeing("o", "c"))})
  h = ot * ${h}(c)
}`;
  }
}
