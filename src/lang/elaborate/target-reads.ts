// Targets that are read: nothing that the model gives may depend on one at its own step, and none of its values may be missing.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Graph } from "../../graph/graph.ts";
import { aTargetReadNow } from "../messages-statements.ts";
import type { Elaboration } from "./context.ts";
import type { Frame } from "./frame.ts";
import type { NodeValue } from "./value.ts";

/** The names of targets that are read at their own step. */
export function targetsReadBy({ targetReads }: Elaboration): readonly string[] {
  return [...new Set([...targetReads.values()].map(({ name }) => name))];
}

/** The input that says where the target has a value, or undefined if it always has one: a target that is read cannot be missing. */
export function labelsOf(
  frame: Frame,
  { name, value }: { readonly name: string; readonly value: NodeValue },
): string | undefined {
  const { context, definition } = frame;
  const isTarget = definition.body.some(
    (each) => each.kind === "target" && each.names.some((declared) => declared.name === name),
  );
  const isRead = frame.isReadDelayed(name) || targetsReadBy(context).includes(name);
  if (context.options.partlyLabelled !== true || !isTarget || isRead) return undefined;
  const axes = context.build.type(value.id).axes.filter(({ tag }) => tag !== "plain");
  return context.build.input({ kind: "labelled", target: name }, { dtype: "float", axes });
}

/** Errors for reads that lead to a prediction or an output. `ids`: the nodes of the graph by those of the builder. */
export function refuseTargetReads(
  { targetReads }: Elaboration,
  graph: Graph,
  ids: ReadonlyMap<string, string>,
): readonly Diagnostic[] {
  const kinds = ["value", "logits", "distribution"] as const;
  const given = new Set(kinds.flatMap((kind) => graph.outputsOf(kind).map(({ id }) => id)));
  return [...targetReads].flatMap(([node, { name, span }]) => {
    const id = ids.get(node);
    return id !== undefined && leadsTo(graph, id, given) ? [aTargetReadNow(name, span)] : [];
  });
}

function leadsTo(graph: Graph, from: string, goals: ReadonlySet<string>): boolean {
  const met = new Set([from]);
  for (const id of met) {
    if (goals.has(id)) return true;
    for (const user of graph.users(id)) met.add(user.id);
  }
  return false;
}
