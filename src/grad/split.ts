// Cuts a graph with its gradient in two: the part that can be computed before the cotangents are known, and the backward part. Besides its
// outputs, the first gives the values that the second reads: expensive values and results of scans. Cheap values are computed again.
import { printOutput } from "../graph/border.ts";
import { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { rewrite } from "../ops/rewrite.ts";
import { isRow, rowOf } from "../ops/table.ts";

export interface GradientParts {
  /** The outputs without gradients, and what is saved. */
  readonly forward: Graph;
  /** The gradients. Its inputs are the saved values, the cotangents, and those inputs of the whole that the backward part reads. */
  readonly backward: Graph;
}

/** `graph` is the result of `gradient` and the passes. */
export function splitGradient(graph: Graph): GradientParts {
  const late = lateNodes(graph);
  const gradients = new Map(graph.outputsOf("gradient").map(({ name, id }) => [name, id] as const));
  // Twice: what only a replaced node has read is dead the second time.
  const backward = rewrite(
    rewrite(new Graph(graph.name, graph.all(), gradients), {
      replace: (node, build) =>
        !late.has(node.id) && isWorthSaving(node)
          ? build.input({ kind: "saved", node: node.id }, node.type)
          : undefined,
    }),
  );
  const saved = backward.inputs().flatMap(({ input }) => (input?.kind === "saved" ? [input] : []));
  const outputs = [
    ...[...graph.outputs].filter(([name]) => !gradients.has(name)),
    ...saved.map((each) => [printOutput(each), each.node] as const),
  ];
  return { forward: rewrite(new Graph(graph.name, graph.all(), new Map(outputs))), backward };
}

/** The nodes that depend on cotangents. */
function lateNodes(graph: Graph): ReadonlySet<string> {
  const late = new Set<string>();
  for (const node of graph.region(null)) {
    if (node.input?.kind === "cotangent" || node.operands.some((id) => late.has(id))) late.add(node.id);
  }
  return late;
}

function isWorthSaving({ op, region }: Node): boolean {
  return region === null && (op === "project" || (isRow(op) && rowOf(op).expensive));
}
