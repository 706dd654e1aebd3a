// The texts about a dependency class: the reason for it, and the one change that would make the cell cheaper.
import { shortPath } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { PRIMITIVES } from "../scalar/primitives.ts";
import { rowOf } from "../ops/table.ts";
import { describe, equationOf, portName } from "./naming.ts";
import type { Part } from "./recurrence.ts";

/** A sentence or two, in the names of the spec. */
export function reasonFor(graph: Graph, part: Part): string {
  if (!part.isRecurrent) return "carried from step to step, but never fed back into itself";
  const through = throughText(graph, part);
  switch (part.class) {
    case "A":
      return `linear in the state, with coefficients that do not depend on it, ${part.stepwise === "B" ? "each element by itself" : through}`;
    case "B":
      return `each element by itself, but not linear: ${bendsText(graph, part)}`;
    case "C":
      return `${through}; the rest is element-wise`;
    case "D": {
      const stages = part.stages.map((stage, index) => `${index + 1}. ${productsText(graph, stage)}`);
      return `${part.stages.length} stages of products for each step, each of which needs the one before: ${stages.join("; ")}`;
    }
  }
}

function throughText(graph: Graph, part: Part): string {
  const products = part.stages.map((stage) => productsText(graph, stage));
  const through =
    products.length === 0
      ? []
      : [
          `through ${products.length === 1 ? "one stage" : `${products.length} stages`} of products: ${products.join("; then ")}`,
        ];
  const meetings = [...new Set(part.meetings.map((id) => opText(graph, id)))];
  return [...through, ...(meetings.length === 0 ? [] : [`its elements meet in ${meetings.join(", ")}`])].join(", and ");
}

/** What would make it cheaper, or null if nothing would. */
export function adviceFor(graph: Graph, part: Part): string | null {
  const all = productsText(graph, part.stages.flat());
  switch (part.class) {
    case "A":
      if (part.stepwise === "B") return null;
      return part.stages.length === 0
        ? "if each element depended only on itself, steps could be composed without arrays"
        : `with a vector instead of each matrix (${all}), composing steps would be as cheap as a step`;
    case "B":
      return `class A, if the state went only through sums and through factors that do not depend on it: without ${bendsText(graph, part)}`;
    case "C":
      return part.stages.length === 0
        ? "class B, if no element depended on the others"
        : `class B, with a vector instead of each matrix on the state: ${all}`;
    case "D": {
      const late = part.stages.slice(1).flat();
      return `class C, if ${productsText(graph, late)} read the state before the step, and not the result of an earlier product`;
    }
  }
}

/** The products of a stage by their weights. */
function productsText(graph: Graph, stage: readonly string[]): string {
  return [...new Set(stage.map((id) => productName(graph, graph.node(id))))].join(", ");
}

/** `f.h`: the operand that is a weight or comes from one, or both operands. */
function productName(graph: Graph, node: Node): string {
  const sources = node.operands.map((operand) => ({ operand, isFixed: isFixed(graph, operand) }));
  const fixed = sources.filter((each) => each.isFixed);
  const named = (fixed.length === 0 ? sources : fixed).map(({ operand }) => describe(graph, operand));
  return `\`${named.join(" @ ")}\``;
}

/** Whether a value of the body is the same at every step. */
function isFixed(graph: Graph, id: string): boolean {
  const node = graph.node(id);
  if (node.op === "port") return node.attributes["kind"] === "invariant";
  return node.operands.every((operand) => isFixed(graph, operand));
}

/** `tanh in h`, each once. */
function bendsText(graph: Graph, part: Part): string {
  return [...new Set(part.bends.map((id) => opText(graph, id)))].join(", ");
}

function opText(graph: Graph, id: string): string {
  const node = graph.node(id);
  const equation = equationOf(graph, id);
  const what = isProduct(node) ? productOfStates(graph, node) : `\`${node.op}\``;
  return equation === undefined ? what : `${what} in \`${equation}\``;
}

function isProduct(node: Node): boolean {
  const { formula } = rowOf(node.op);
  return (
    formula?.kind === "apply" && PRIMITIVES[formula.primitive].notation === "product" && formula.arguments.length === 2
  );
}

function productOfStates(graph: Graph, node: Node): string {
  const names = node.operands.map((operand) => {
    const each = graph.node(operand);
    return each.op === "port" ? portName(graph, each) : each.name === undefined ? undefined : shortPath(each.name);
  });
  return names.includes(undefined) ? "a product" : `\`${names.join(" * ")}\``;
}
