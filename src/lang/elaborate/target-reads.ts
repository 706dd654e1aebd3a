// Targets that are read: nothing that the model gives may depend on one at its own step, and none of its values may be missing.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Span } from "../../base/source.ts";
import type { Graph } from "../../graph/graph.ts";
import { showsTarget } from "../messages-shown.ts";
import { aTargetReadNow } from "../messages-statements.ts";
import type { Elaboration } from "./context.ts";
import type { Frame } from "./frame.ts";
import type { NodeValue, Value } from "./value.ts";

/** A target at its own step, as a node of its own, so that the whole graph shows what it leads to. */
export function targetNow({ build, targetReads }: Elaboration, value: Value, name: string, span: Span): Value {
  if (value.kind !== "node") return value;
  const id = build.op("broadcast", [value.id], { type: build.type(value.id) });
  targetReads.set(id, { name, span });
  return { ...value, id };
}

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

/**
 * Errors for reads that lead to a prediction or an output. `ids`: the nodes of the graph by those of the builder. Throws a UserError for a
 * value that was asked for by name.
 */
export function refuseTargetReads(
  { targetReads, options }: Elaboration,
  graph: Graph,
  ids: ReadonlyMap<string, string>,
): readonly Diagnostic[] {
  const values = graph.outputsOf("value");
  const isAsked = ({ output }: (typeof values)[number]): boolean => options.show?.includes(output.of) === true;
  const asked = new Map(values.filter(isAsked).map(({ id, output }) => [id, output.of] as const));
  const others = [...graph.outputsOf("logits"), ...graph.outputsOf("distribution")];
  const given = new Set([...values.filter((each) => !isAsked(each)), ...others].map(({ id }) => id));
  return [...targetReads].flatMap(([node, { name, span }]) => {
    const id = ids.get(node);
    if (id === undefined) return [];
    const shown = asked.get(leadsTo(graph, id, new Set(asked.keys())) ?? "");
    if (shown !== undefined) throw showsTarget(shown, name);
    return leadsTo(graph, id, given) === undefined ? [] : [aTargetReadNow(name, span)];
  });
}

/** The first of `goals` that reads `from`, also through others. */
function leadsTo(graph: Graph, from: string, goals: ReadonlySet<string>): string | undefined {
  const met = new Set([from]);
  for (const id of met) {
    if (goals.has(id)) return id;
    for (const user of graph.users(id)) met.add(user.id);
  }
  return undefined;
}
