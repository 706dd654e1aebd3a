// Finds the weights by which a value is multiplied where it is read.
import type { Node } from "../../graph/node.ts";
import { rowOf } from "../../ops/table.ts";
import { derivativeOf } from "../../scalar/formula.ts";
import type { Values } from "./values.ts";

export class WeightsOf {
  readonly #values: Values;
  readonly #known = new Map<string, ReadonlySet<string> | null>();

  constructor(values: Values) {
    this.#values = values;
  }

  /** The nodes of the weights that a value is computed from; null if it is computed from anything else. */
  of(id: string): ReadonlySet<string> | null {
    const origin = this.#values.origin(id);
    const known = this.#known.get(origin);
    if (known !== undefined) return known;
    this.#known.set(origin, null);
    const found = this.#find(this.#values.graph.node(origin));
    this.#known.set(origin, found);
    return found;
  }

  #find({ id, op, input, operands }: Node): ReadonlySet<string> | null {
    if (op === "input") return input?.kind === "weight" ? new Set([id]) : null;
    if (op === "port" || op === "project") return null;
    const parts = operands.map((operand) => this.of(operand));
    return parts.reduce((all, part) => (all === null || part === null ? null : new Set([...all, ...part])), new Set());
  }

  /** The weights by which a node multiplies its operand at `index`, or in which it looks up that operand. */
  around(node: Node, index: number): readonly string[] {
    return node.operands.flatMap((operand, other) => {
      if (other === index || this.of(node.operands[index] ?? "") !== null) return [];
      return isAdded(node, index) ? [] : [...(this.of(operand) ?? [])];
    });
  }
}

/** Whether the other operands are only added to the operand at `index`, as a bias is. */
function isAdded({ op }: Node, index: number): boolean {
  const { formula } = rowOf(op);
  return formula !== undefined && derivativeOf(formula, index).kind === "constant";
}
