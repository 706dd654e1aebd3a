// What a pass is: a graph in, an equal graph out.
import type { Graph } from "../graph/graph.ts";

export interface Pass {
  readonly name: string;
  /** What disappears, what appears, what holds afterwards. */
  readonly doc: string;
  readonly run: (graph: Graph) => Graph;
}
