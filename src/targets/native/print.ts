// The kernels of a graph in C, as `recurra emit` prints them.
import { kernelLibrary } from "../../codegen/native/library.ts";
import type { Graph } from "../../graph/graph.ts";
import { kernelsOf } from "../../lists/kernels-of.ts";
import type { Sizes } from "../../shape/dim.ts";
import { nativeKernels } from "./kernels.ts";

/** Those of a machine with vectors of 512 bits: the text is the same for others, but how weights are packed. */
const KERNELS = nativeKernels({ panel: 32, depthBlock: 256 });

/** The kernels that are generated for a graph; products, softmax and others are the same for all. */
export function printNative(graph: Graph, sizes: Sizes): string {
  const kernels = kernelsOf(graph, sizes, KERNELS);
  return kernelLibrary(kernels.flatMap((kernel) => (kernel.kind === "generated" ? [kernel] : [])));
}
