// A pass: a function from a graph to an equivalent graph.
import type { Graph } from "../graph/graph.ts";

export interface Pass {
  readonly name: string;
  /** What disappears, what appears, what holds afterwards. */
  readonly doc: string;
  /** The purpose of one run, if a pass runs more than once; part of the stage's name. */
  readonly purpose?: string;
  readonly run: (graph: Graph) => Graph;
}
