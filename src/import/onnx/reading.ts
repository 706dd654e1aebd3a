// A spec while it is written from an ONNX graph: its cells, inputs and equations, its weights, and what each name of the graph stands for.
import { UserError } from "../../base/diagnostic.ts";
import { Identifiers } from "../../export/identifiers.ts";
import type { HostArray } from "../../targets/target.ts";
import type { ArrayValue, Axis, Value } from "./value.ts";

/** Words that equations of the spec use themselves. A keyword is none: an equation may have its name. */
const RESERVED = [
  "t",
  "H",
  ..."argmax bidirectional clamp concat embed first last linear logsoftmax mean reverse softmax stack sum max min".split(
    " ",
  ),
  ..."abs cos elu erf exp floor gelu log relu sigmoid sign silu sin softplus sqrt square step tanh where".split(" "),
];

export class Reading {
  readonly names = new Identifiers(RESERVED);
  readonly #values = new Map<string, Value>();
  /** What nodes and outputs of the graph read. */
  readonly used: ReadonlySet<string>;
  readonly weights = new Map<string, HostArray>();
  readonly equations: string[] = [];
  readonly #cells = new Map<string, { readonly name: string; readonly text: string }>();
  readonly #inputs = new Map<string, string>();
  /** Outputs of the graph whose equations are not written yet. */
  readonly #open: Set<string>;

  constructor(used: Iterable<string>, outputs: readonly string[]) {
    this.used = new Set([...used].filter((name) => name !== ""));
    this.#open = new Set(outputs);
    for (const output of outputs) this.names.of(output);
  }

  get cells(): readonly string[] {
    return [...this.#cells.values()].map(({ text }) => text);
  }

  get inputs(): readonly string[] {
    return [...this.#inputs.values()];
  }

  /** The name of a cell; equal cells are one. */
  cell(name: string, textOf: (name: string) => string): string {
    const key = textOf("C");
    const known = this.#cells.get(key);
    if (known !== undefined) return known.name;
    const own = this.names.fresh(name);
    this.#cells.set(key, { name: own, text: textOf(own) });
    return own;
  }

  /** Declares an input; its type may be said later, when its size is known. */
  declare(name: string, type: string): void {
    this.#inputs.set(name, `  input ${name}: ${type}`);
  }

  /** Adds an equation; returns its name. An output of the graph has its own. */
  equation(name: string, text: string): string {
    const own = this.#open.delete(name) ? this.names.of(name) : this.names.fresh(name);
    this.equations.push(`  ${own} = ${text}`);
    return own;
  }

  addWeight(path: string, shape: readonly number[], data: Float32Array): void {
    if (shape.reduce((product, size) => product * size, 1) !== data.length)
      throw new UserError(`the weight \`${path}\` of the ONNX file has another number of elements than its shape`);
    this.weights.set(path, { dtype: "float", shape, data });
  }

  /** What a node computes; an output that is left out has no name. */
  put(name: string | undefined, value: Value): void {
    if (name !== undefined && name !== "") this.#values.set(name, value);
  }

  value(name: string): Value | undefined {
    return this.#values.get(name);
  }
}

export function array(part: string, axes: readonly Axis[], width: number): ArrayValue {
  return { kind: "array", parts: [part], axes, width };
}
