// A graph's outputs on a target, with nothing left behind there. A page can load it too.
import type { Graph } from "../graph/graph.ts";
import { nameOfInput } from "../graph/node.ts";
import type { NdArray } from "../ops/nd.ts";
import type { Sizes } from "../shape/dim.ts";
import type { HostArray, Target } from "../targets/target.ts";
import type { Arrays } from "./point.ts";

export function named(arrays: Arrays, name: string): NdArray {
  const found = arrays.get(name);
  if (found === undefined) throw new Error(`there is no \`${name}\` among ${[...arrays.keys()].join(", ")}`);
  return found;
}

export async function resultsOn<T>(
  target: Target<T>,
  graph: Graph,
  inputs: Arrays,
  sizes: Sizes,
): Promise<ReadonlyMap<string, HostArray>> {
  const given = new Map(
    graph.inputs().map((node): [string, T] => {
      const name = nameOfInput(node);
      const { shape, data } = named(inputs, name);
      return [name, target.upload({ dtype: node.type.dtype, shape, data })];
    }),
  );
  const found = new Map<string, HostArray>();
  const executable = target.compile(graph);
  try {
    for (const [name, tensor] of executable.run(given, sizes)) {
      found.set(name, await target.download(tensor));
      target.dispose(tensor);
    }
  } finally {
    for (const tensor of given.values()) target.dispose(tensor);
    executable.dispose();
  }
  return found;
}
