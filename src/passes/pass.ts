// What a pass is: a graph in, an equal graph out.
import type { Graph } from "../graph/graph.ts";

export interface Pass {
  readonly name: string;
  /** What disappears, what appears, what holds afterwards. */
  readonly doc: string;
  /** What one run is for, where a pass runs more than once: it tells the stages apart. */
  readonly purpose?: string;
  readonly run: (graph: Graph) => Graph;
}
