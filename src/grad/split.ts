// Cuts a graph with its gradient in two: the part that can be computed before the cotangents are known, and the backward part. Besides its
// outputs, the first gives the values that the second reads: expensive values and results of scans. Cheap values are computed again.
import { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { rewrite } from "../ops/rewrite.ts";
import { isRow, rowOf } from "../ops/table.ts";

export interface GradientParts {
  /** The outputs without gradients, and outputs `saved.ID`. */
  readonly forward: Graph;
  /** The gradients. Inputs `saved.ID` of role `saved`, the cotangents, and those inputs of the whole that the backward part reads. */
  readonly backward: Graph;
}

/** `graph` is the result of `gradient` and the passes. */
export function splitGradient(graph: Graph): GradientParts {
  const late = lateNodes(graph);
  const isGradient = (name: string): boolean => name.startsWith("grad.");
  const outputsOf = (wanted: (name: string) => boolean): Graph =>
    new Graph(graph.name, graph.all(), new Map([...graph.outputs].filter(([name]) => wanted(name))));
  // Twice: what only a replaced node has read is dead the second time.
  const backward = rewrite(
    rewrite(outputsOf(isGradient), {
      replace: (node, build) =>
        !late.has(node.id) && isWorthSaving(node) ? build.input(`saved.${node.id}`, "saved", node.type) : undefined,
    }),
  );
  const saved = backward
    .region(null)
    .flatMap(({ attributes }) => (attributes["role"] === "saved" ? [String(attributes["name"])] : []));
  const outputs = [
    ...[...graph.outputs].filter(([name]) => !isGradient(name)),
    ...saved.map((name) => [name, name.slice("saved.".length)] as const),
  ];
  return { forward: rewrite(new Graph(graph.name, graph.all(), new Map(outputs))), backward };
}

/** The nodes that depend on cotangents. */
function lateNodes(graph: Graph): ReadonlySet<string> {
  const late = new Set<string>();
  for (const node of graph.region(null)) {
    const isCotangent = node.op === "input" && node.attributes["role"] === "cotangent";
    if (isCotangent || node.operands.some((id) => late.has(id))) late.add(node.id);
  }
  return late;
}

function isWorthSaving({ op, region }: Node): boolean {
  return region === null && (op === "project" || (isRow(op) && rowOf(op).dear));
}
