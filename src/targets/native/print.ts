// The kernels of a graph in C, as `recurra emit` prints them.
import type { NativeKernel } from "../../codegen/native/kernel.ts";
import { kernelLibrary } from "../../codegen/native/library.ts";
import type { Graph } from "../../graph/graph.ts";
import { fuse } from "../../kernel/fuse.ts";
import { record } from "../../kernel/record.ts";
import { listsFor } from "../../lists/layout.ts";
import { matmulOf } from "../../lists/matmul.ts";
import type { Sizes } from "../../shape/dim.ts";
import { nativeKernels } from "./kernels.ts";

/** Those of a machine with vectors of 512 bits: the text is the same for others, but how weights are packed. */
const KERNELS = nativeKernels({ panel: 32, depthBlock: 256 });

/** The kernels that are generated for a graph; products, softmax and others are the same for all. */
export function printNative(graph: Graph, sizes: Sizes): string {
  const { tasks } = record(graph, sizes, matmulOf(graph, { ...KERNELS, threads: 1 }));
  const [list] = listsFor(fuse(tasks), { count: 1, barrier: 0 }, KERNELS, (storage) => [storage, 0]);
  const kernels = new Set(list?.kernels.map(({ kernel }) => kernel));
  return kernelLibrary([...kernels].filter((kernel): kernel is Generated => kernel.kind === "generated"));
}

type Generated = Extract<NativeKernel, { kind: "generated" }>;
