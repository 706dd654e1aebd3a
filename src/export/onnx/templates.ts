// The cells that ONNX has operators for, as specs. Their graphs are what `match.ts` compares the bodies of scans with.
import { fail } from "../../base/invariant.ts";
import { open, programOf } from "../../compile.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Node } from "../../graph/node.ts";
import { outputsOnly } from "../../train/runner.ts";
import { SIMPLIFY } from "../../passes/simplify.ts";

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
}

export interface Template extends Variant {
  readonly graph: Graph;
  readonly scan: Node;
  /** The names of the gates, in ONNX's order. */
  readonly gates: readonly string[];
}

const GATES: Readonly<Record<OperatorName, readonly string[]>> = {
  LSTM: ["i", "o", "f", "g"],
  GRU: ["z", "r", "n"],
  RNN: ["a"],
};

/** How many functions each operator has. */
export const ACTIVATION_COUNTS: Readonly<Record<OperatorName, number>> = { LSTM: 3, GRU: 2, RNN: 1 };

/** The spec of a variant. Biases and peepholes may be missing in a cell that is compared with it. */
function textOf({ operator, activations, clip, linearBeforeReset }: Variant): string {
  const [f = "", g = "", h = ""] = activations;
  const clipped = (text: string): string => (clip === undefined ? text : `clamp(${text}, ${-clip}, ${clip})`);
  switch (operator) {
    case "RNN":
      return `cell C(H) {
  input x
  state h: [H]
  a = linear(x, h[t-1])
  h = ${f}(${clipped("a")})
}`;
    case "GRU": {
      const gates = `cell C(H) {
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
      return `cell C(H) {
  input x
  state h: [H]
  state c: [H]
  param pi, po, pf: [H] ~ zeros
  i = linear(x, h[t-1])
  it = ${f}(${clipped("i + pi * c[t-1]")})
  f = linear(x, h[t-1])
  ft = ${f}(${clipped("f + pf * c[t-1]")})
  g = linear(x, h[t-1])
  gt = ${g}(${clipped("g")})
  c = ft * c[t-1] + it * gt
  o = linear(x, h[t-1])
  ot = ${f}(${clipped("o + po * c")})
  h = ot * ${h}(c)
}`;
  }
}

const known = new Map<string, Template>();

export function templateOf(variant: Variant): Template {
  const text = textOf(variant);
  const found = known.get(text);
  if (found !== undefined) return found;
  const made = compiled(variant, text);
  known.set(text, made);
  return made;
}

function compiled(variant: Variant, text: string): Template {
  const scope = open({ name: "operator.rec", text }, () => fail("onnx", "an operator's spec uses no other"));
  const definition = scope.definitions.get("C") ?? fail("onnx", "an operator's spec has no cell");
  const { graph } = programOf(definition, new Map(), { ragged: false, training: false, states: "given" });
  const simple = SIMPLIFY.run(outputsOnly(graph, (name) => name === "output" || name.startsWith("final.")));
  const scan = simple.region(null).find(({ op }) => op === "scan") ?? fail("onnx", "an operator's spec has no loop");
  return { ...variant, graph: simple, scan, gates: GATES[variant.operator] };
}
