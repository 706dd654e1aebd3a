// The kernels that a graph calls on one thread, for some sizes.
import type { Graph } from "../graph/graph.ts";
import { fuse } from "../kernel/fuse.ts";
import type { Kernels } from "../kernel/kernels.ts";
import { record } from "../kernel/record.ts";
import type { Sizes } from "../shape/dim.ts";
import { listsFor } from "./layout.ts";
import { matmulOf } from "./matmul.ts";

/** Each once, in the order in which they are first called. */
export function kernelsOf<K>(graph: Graph, sizes: Sizes, kernels: Kernels<K>): readonly K[] {
  const { tasks } = record(graph, sizes, matmulOf(graph, { ...kernels, threads: 1 }));
  const lists = listsFor(fuse(tasks, 1), { count: 1, barrier: 0 }, kernels, (storage) => [storage, 0]);
  return [...new Set(lists.flatMap((list) => list.kernels.map(({ kernel }) => kernel)))];
}
