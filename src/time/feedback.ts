// A program that is fed back what it predicts, in two parts: what is computed once, and what is computed at each step.
// The first holds what does not depend on what is fed back: an encoder, the first states. The second reads it as inputs `held.ID`.
import { isDim } from "../graph/attributes.ts";
import { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { rewrite } from "../ops/rewrite.ts";
import { symbolsOf } from "../shape/dim.ts";

export interface FeedbackRequest {
  /** The symbol of the time along which it is fed back. */
  readonly time: string;
  /** Inputs of the graph whose values are not known before. */
  readonly fed: ReadonlySet<string>;
  /** States that run along that time, by their names without `state.`; all others begin anew. */
  readonly states: ReadonlySet<string>;
  /** Outputs that are wanted of each step, beside the states' final values. */
  readonly wanted: readonly string[];
}

export interface FeedbackParts {
  /** Outputs `held.ID`. */
  readonly before: Graph;
  /** Inputs `held.ID` of role `held`. */
  readonly step: Graph;
}

/** `optimise` runs between: what it makes of the weights alone, as stacking them, is computed once too. */
export function splitFeedback(
  graph: Graph,
  request: FeedbackRequest,
  optimise: (graph: Graph) => Graph,
): FeedbackParts {
  const whole = optimise(withoutOtherStates(graph, request));
  const dynamic = dynamicNodes(whole, request);
  const held = new Set<string>();
  for (const node of whole.all()) {
    if (node.region !== null || !dynamic.has(node.id)) continue;
    for (const id of node.operands) if (!dynamic.has(id) && isWorthHolding(whole.node(id))) held.add(id);
  }
  for (const id of whole.outputs.values()) if (!dynamic.has(id) && isWorthHolding(whole.node(id))) held.add(id);
  const before = new Map([...held].map((id) => [`held.${id}`, id] as const));
  const step = rewrite(whole, {
    replace: (node, build) => (held.has(node.id) ? build.input(`held.${node.id}`, "held", node.type) : undefined),
  });
  return { before: rewrite(new Graph(`${graph.name} before`, whole.all(), before)), step: rewrite(step) };
}

/** Only the wanted outputs; states that run along another time begin with their initial values. */
function withoutOtherStates(graph: Graph, { states, wanted }: FeedbackRequest): Graph {
  const finals = new Set([...states].map((name) => `final.${name}`));
  const outputs = new Map([...graph.outputs].filter(([name]) => wanted.includes(name) || finals.has(name)));
  return rewrite(new Graph(graph.name, graph.all(), outputs), {
    replace: (node, _, of) => {
      // A state begins with `initial` where an example begins again, and else with what it is given.
      const [fresh, initial, given] = node.operands;
      if (fresh === undefined || initial === undefined || given === undefined) return undefined;
      if (graph.node(fresh).attributes["role"] !== "fresh") return undefined;
      const state = stateOf(graph.node(given));
      return state === undefined || states.has(state) ? undefined : of(initial);
    },
  });
}

function stateOf({ op, attributes }: Node): string | undefined {
  return op === "input" && attributes["role"] === "state"
    ? String(attributes["name"]).slice("state.".length)
    : undefined;
}

/** Everything that what is fed back, a carried state or the time of the steps reaches. */
function dynamicNodes(graph: Graph, { time, fed }: FeedbackRequest): ReadonlySet<string> {
  const dynamic = new Set<string>();
  for (const node of graph.region(null)) {
    const isSource =
      node.op === "input" &&
      (fed.has(String(node.attributes["name"])) || ["state", "fresh"].includes(String(node.attributes["role"])));
    if (isSource || mentions(node, time) || node.operands.some((id) => dynamic.has(id))) dynamic.add(node.id);
  }
  return dynamic;
}

function mentions(node: Node, time: string): boolean {
  if (node.type.axes.some((axis) => symbolsOf(axis.size).includes(time))) return true;
  const { dims, time: own } = node.attributes;
  const sizes = [...(Array.isArray(dims) ? dims : []), own ?? null].filter(isDim);
  return sizes.some((size) => symbolsOf(size).includes(time));
}

/** Inputs stay inputs, and what has no operands is as cheap as reading it. */
function isWorthHolding(node: Node): boolean {
  return node.operands.length > 0 && node.op !== "scan";
}
