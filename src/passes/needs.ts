// Whether a value is computed from others, within its region.
import type { Graph } from "../graph/graph.ts";

/** Whether `id` is one of `sought` or needs one of them. A port is not followed: what it shows stands outside. */
export function needs(graph: Graph, id: string, sought: ReadonlySet<string>): boolean {
  const seen = new Set<string>();
  const work = [id];
  for (let each = work.pop(); each !== undefined; each = work.pop()) {
    if (sought.has(each)) return true;
    if (seen.has(each)) continue;
    seen.add(each);
    const node = graph.node(each);
    work.push(...node.operands);
  }
  return false;
}
