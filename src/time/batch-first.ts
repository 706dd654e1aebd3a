// A program whose sequences go in and out as `[B, T, …]`, as most other programs have them, instead of `[T, B, …]`. They are transposed in
// the graph, so that a target may read them as they are.
import type { Graph } from "../graph/graph.ts";
import { Builder } from "../ops/builder.ts";
import { copyInto } from "../ops/rewrite.ts";
import { hasBatch, timeOf, type Type } from "../shape/type.ts";

/** The same program with other types of inputs and outputs: the sequences of a batch become memories by `remember`. */
export function batchFirst(graph: Graph): Graph {
  const build = new Builder();
  const copy = copyInto(build, graph, {
    replace: ({ input, type }) => {
      if (input === undefined || !isBatchOfSequences(type)) return undefined;
      return build.op("recall", [build.input(input, turned(type))]);
    },
  });
  const outputs = [...graph.outputs].map(([name, id]) => {
    const copied = copy.of(id);
    return [name, isBatchOfSequences(graph.node(id).type) ? build.op("remember", [copied]) : copied] as const;
  });
  return build.finish(graph.name, new Map(outputs));
}

function isBatchOfSequences(type: Type): boolean {
  return timeOf(type) !== undefined && hasBatch(type);
}

function turned({ dtype, axes }: Type): Type {
  const time = axes.filter(({ tag }) => tag === "time").map(({ size }) => ({ tag: "memory", size }) as const);
  const batch = axes.filter(({ tag }) => tag === "batch");
  return { dtype, axes: [...batch, ...time, ...axes.filter(({ tag }) => tag !== "time" && tag !== "batch")] };
}
