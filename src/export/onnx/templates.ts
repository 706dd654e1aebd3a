// The cells that ONNX has operators for, as specs. Their graphs are what `match.ts` compares the bodies of scans with.
import { outputsOnly } from "../../ops/rewrite.ts";
import { fail } from "../../base/invariant.ts";
import { open, programOf } from "../../compile.ts";
import { readOutput } from "../../graph/border.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Node } from "../../graph/node.ts";
import { cellText, GATES, type Variant } from "../../onnx/cells.ts";
import { SIMPLIFY } from "../../passes/simplify.ts";

/** A cell that bodies of scans are compared with. */
export interface ComparableCell {
  readonly graph: Graph;
  readonly scan: Node;
}

export interface Template extends Variant, ComparableCell {
  /** The names of the gates, in ONNX's order. */
  readonly gates: readonly string[];
}

const known = new Map<string, ComparableCell>();

export function templateOf(variant: Variant): Template {
  return { ...variant, ...comparableCell(cellText("C", variant)), gates: GATES[variant.operator] };
}

/** The cell C of a spec; the same for the same text. */
export function comparableCell(text: string): ComparableCell {
  const found = known.get(text);
  if (found !== undefined) return found;
  const made = compiled(text);
  known.set(text, made);
  return made;
}

function compiled(text: string): ComparableCell {
  const scope = open({ name: "operator.rec", text }, () => fail("onnx", "an operator's spec uses no other"));
  const definition = scope.definitions.get("C") ?? fail("onnx", "an operator's spec has no cell");
  const { graph } = programOf(definition, new Map(), { ragged: false, training: false, states: "given" });
  const simple = SIMPLIFY.run(outputsOnly(graph, (name) => ["output", "final"].includes(readOutput(name).kind)));
  const scan = simple.region(null).find(({ op }) => op === "scan") ?? fail("onnx", "an operator's spec has no loop");
  return { graph: simple, scan };
}
