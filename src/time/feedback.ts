// Cuts a program whose predictions are fed back in two: the part that runs once, and the part that runs at each step.
// The first part does not depend on the fed-back value: an encoder, the first states. The second part reads its results as inputs `held.ID`.
import { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { rewrite } from "../ops/rewrite.ts";
import { parseDim, symbolsOf } from "../shape/dim.ts";

export interface FeedbackRequest {
  /** The symbol of the time along which it is fed back. */
  readonly time: string;
  /** Inputs of the graph whose values are not known before. */
  readonly fed: ReadonlySet<string>;
  /** States that run along that time, by their names without `state.`; all others start from their initial values. */
  readonly states: ReadonlySet<string>;
  /** Outputs that each step gives, besides the final values of the states. */
  readonly wanted: readonly string[];
}

export interface FeedbackParts {
  /** Outputs `held.ID`. */
  readonly before: Graph;
  /** Inputs `held.ID` of role `held`. */
  readonly step: Graph;
}

/** `optimise` runs before the cut, so that what it computes from weights alone, such as stacking them, runs once too. */
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

/** The program with only the needed outputs; states that run along another time start from their initial values. */
function withoutOtherStates(graph: Graph, { states, wanted }: FeedbackRequest): Graph {
  const finals = new Set([...states].map((name) => `final.${name}`));
  const outputs = new Map([...graph.outputs].filter(([name]) => wanted.includes(name) || finals.has(name)));
  return rewrite(new Graph(graph.name, graph.all(), outputs), {
    replace: (node, _, of) => {
      const [, initial, given] = node.op === "select" ? node.operands : [];
      if (initial === undefined || given === undefined) return undefined;
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

/** All nodes that depend on the fed-back value, on a carried state or on the time of the steps. */
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
  const texts = [...(Array.isArray(dims) ? dims.map(String) : []), ...(typeof own === "string" ? [own] : [])];
  return texts.some((text) => symbolsOf(parseDim(text)).includes(time));
}

/** Inputs stay inputs. A node without operands is as cheap to compute as to read. */
function isWorthHolding(node: Node): boolean {
  return node.operands.length > 0 && node.op !== "scan";
}
