// A graph's outputs on any target. Knows no test runner, so that a page can run it too.
import type { Graph } from "../../src/graph/graph.ts";
import { nameOfInput, type Node } from "../../src/graph/node.ts";
import type { NdArray } from "../../src/ops/nd.ts";
import type { Sizes } from "../../src/shape/dim.ts";
import type { HostArray, Target } from "../../src/targets/target.ts";

export type Arrays = ReadonlyMap<string, NdArray>;

export function inputsOf(graph: Graph): readonly Node[] {
  return graph.region(null).filter((node) => node.op === "input");
}

export function named(arrays: Arrays, name: string): NdArray {
  const found = arrays.get(name);
  if (found === undefined) throw new Error(`there is no \`${name}\` among ${[...arrays.keys()].join(", ")}`);
  return found;
}

/** Runs the graph with nothing left behind on the target. */
export async function resultsOn<T>(
  target: Target<T>,
  graph: Graph,
  inputs: Arrays,
  sizes: Sizes,
): Promise<ReadonlyMap<string, HostArray>> {
  const given = new Map(
    inputsOf(graph).map((node): [string, T] => {
      const name = nameOfInput(node);
      const { shape, data } = named(inputs, name);
      return [name, target.upload({ dtype: node.type.dtype, shape, data })];
    }),
  );
  const found = new Map<string, HostArray>();
  for (const [name, tensor] of target.compile(graph).run(given, sizes)) {
    found.set(name, await target.download(tensor));
    target.dispose(tensor);
  }
  for (const tensor of given.values()) target.dispose(tensor);
  return found;
}
