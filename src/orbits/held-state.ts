// A program that does not move: at each step every state stays as it is, and values are those of that state. So the energy of a state can
// be asked for, although a spec gives the energy of the state that a step leads to.
import type { Graph } from "../graph/graph.ts";
import { indexOf, portKind, type Node } from "../graph/node.ts";
import { yieldOf } from "../ops/liveness.ts";
import { rewrite } from "../ops/rewrite.ts";

/** The graph in which what a step makes of a state, wherever it is read, is the state before the step. */
export function holdingStates(graph: Graph): Graph {
  const before = new Map<string, string>();
  for (const port of graph.all()) {
    if (port.op !== "port" || port.region === null || portKind(port) !== "state") continue;
    const next = yieldOf(graph, port.region).operands[indexOf(port)];
    if (next !== undefined && isComputed(graph.node(next), port.region)) before.set(next, port.id);
  }
  return rewrite(graph, {
    alsoReads: ({ id }) => [before.get(id) ?? []].flat(),
    replace: ({ id }, _, of) => {
      const port = before.get(id);
      return port === undefined ? undefined : of(port);
    },
  });
}

function isComputed({ op, region }: Node, scan: string): boolean {
  return op !== "port" && region === scan;
}
