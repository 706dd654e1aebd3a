// Whether a program can go on from step to step along a time. This reads the graph as it was elaborated, where each node that combines steps
// has the user's call (`over-time.ts`). Step k must give what a run over the whole sequence gives at step k, and a result without time must
// give what a run over the first k steps gives. So nothing may read at a step what depends on all steps.
import { lineAndColumn, spanText, type Span } from "../../base/source.ts";
import { printOutput } from "../../graph/border.ts";
import type { Graph } from "../../graph/graph.ts";
import { isOp, type AlongTime, type Node } from "../../graph/node.ts";
import { liveness } from "../../ops/liveness.ts";
import { printDim, type Dim } from "../../shape/dim.ts";
import { timeOf } from "../../shape/type.ts";

/** Why a program with these `outputs` cannot be fed step by step along `time`; undefined if it can. */
export function whyNotStepped(graph: Graph, time: string, outputs: readonly string[]): string | undefined {
  const steps = new Steps(graph, time);
  let unnamed: string | undefined;
  for (const node of liveAlong(graph, outputs)) {
    const reason = steps.visit(node);
    if (reason === UNNAMED) unnamed = reason;
    else if (reason !== undefined) return reason;
  }
  return unnamed;
}

/** Why the loss of a part of a sequence is not its share of the whole loss, although states are carried along `time`; undefined if it is. */
export function whyNotInParts(graph: Graph, time: string): string | undefined {
  for (const { along } of liveAlong(graph, [printOutput({ kind: "loss" })])) {
    if (along === undefined || printDim(along.time) !== time) continue;
    const reason = along.how === "fold" ? `${told(along.span)} needs all steps at once` : obstacle(along);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Why the loss of a step cannot go back through a number of steps, although a part of a sequence has its share of the loss. */
export function whyNotEach(graph: Graph, time: string): string | undefined {
  const found = liveAlong(graph, [printOutput({ kind: "loss" })])
    .flatMap(({ along }) => along ?? [])
    .find((along) => printDim(along.time) === time && (along.how === "prefix" || along.how === "first"));
  if (found === undefined) return undefined;
  const source = found.how === "first" ? "the first step" : "all steps before";
  return `${told(found.span)} depends on ${source}, and \`each\` is for states`;
}

const UNNAMED = "a part of it needs all steps at once";

/** The nodes outside loops that these outputs need, operands first. */
function liveAlong(graph: Graph, outputs: readonly string[]): readonly Node[] {
  const roots = outputs.flatMap((name) => graph.outputs.get(name) ?? []);
  const { nodes } = liveness(graph, roots);
  return graph.region(null).filter(({ id }) => nodes.has(id));
}

/** Walks a graph, and keeps for each node whether it depends on all steps so far. */
class Steps {
  readonly #graph: Graph;
  readonly #time: string;
  /** By node, the user's call that made one value of the steps. */
  readonly #sofar = new Map<string, Span>();

  constructor(graph: Graph, time: string) {
    this.#graph = graph;
    this.#time = time;
  }

  /** Why this node cannot go on. Its operands were visited before. */
  visit(node: Node): string | undefined {
    const along = node.along !== undefined && this.#is(node.along.time) ? node.along : undefined;
    const reason = along === undefined ? undefined : obstacle(along);
    if (reason !== undefined) return reason;
    const read = node.operands.map((id) => this.#sofar.get(id)).find((span) => span !== undefined);
    if (read !== undefined && this.#hasSteps(node))
      return `${told(read)} is read at each step, but it is known only after the last one`;
    const from = read ?? (along?.how === "fold" ? along.span : undefined);
    if (from !== undefined) this.#sofar.set(node.id, from);
    const isLost = !this.#hasSteps(node) && node.operands.some((id) => this.#hasSteps(this.#graph.node(id)));
    return isLost && along === undefined ? UNNAMED : undefined;
  }

  #is(time: Dim): boolean {
    return printDim(time) === this.#time;
  }

  #hasSteps(node: Node): boolean {
    const time = isOp(node, "scan") ? node.attributes.time : timeOf(node.type);
    return time !== undefined && this.#is(time);
  }
}

function obstacle({ how, span }: AlongTime): string | undefined {
  switch (how) {
    case "whole":
      return `${told(span)} needs all steps at once`;
    case "memory":
      return `${told(span)} is passed as a memory, which is read as a whole`;
    case "reverse":
      return `${told(span)} runs from right to left`;
    case "prefix":
    case "first":
    case "fold":
      return undefined;
  }
}

/** The user's text, and its place. */
function told(span: Span): string {
  const { line, column } = lineAndColumn(span.source, span.start);
  return `\`${spanText(span).replaceAll(/\s+/g, " ")}\` (${span.source.name}:${line}:${column})`;
}
