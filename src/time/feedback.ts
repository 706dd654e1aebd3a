// Cuts a program whose predictions are fed back in two: the part that runs once, and the part that runs at each step.
// The first holds what does not depend on what is fed back: an encoder, the first states. The second reads it as inputs.
import { sizeNamesOf } from "../graph/attributes.ts";
import { printInput, printOutput } from "../graph/border.ts";
import { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { rewrite } from "../ops/rewrite.ts";

export interface FeedbackRequest {
  /** The symbol of the time along which it is fed back. */
  readonly time: string;
  /** Inputs of the graph whose values are not known before. */
  readonly fed: ReadonlySet<string>;
  /** States that run along that time; all others begin anew. */
  readonly states: ReadonlySet<string>;
  /** Outputs that each step gives, besides the final values of the states. */
  readonly needed: readonly string[];
}

export interface FeedbackParts {
  /** Gives what is held. */
  readonly before: Graph;
  /** Is fed what is held. */
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
  const before = new Map([...held].map((id) => [printOutput({ kind: "held", node: id }), id] as const));
  const step = rewrite(whole, {
    replace: (node, build) => (held.has(node.id) ? build.input({ kind: "held", node: node.id }, node.type) : undefined),
  });
  return { before: rewrite(new Graph(`${graph.name} before`, whole.all(), before)), step: rewrite(step) };
}

/** The program with only the needed outputs; states that run along another time start from their initial values. */
export function withoutOtherStates(
  graph: Graph,
  { states, needed }: Pick<FeedbackRequest, "states" | "needed">,
): Graph {
  const finals = new Set(
    graph.outputsOf("final").flatMap(({ name, output }) => (states.has(output.path) ? [name] : [])),
  );
  const outputs = new Map([...graph.outputs].filter(([name]) => needed.includes(name) || finals.has(name)));
  return rewrite(new Graph(graph.name, graph.all(), outputs), {
    replace: (node, _, of) => {
      // A state begins with `initial` where an example begins again, and else with what it is given.
      const [fresh, initial, given] = node.operands;
      if (fresh === undefined || initial === undefined || given === undefined) return undefined;
      if (graph.node(fresh).input?.kind !== "fresh") return undefined;
      const { input } = graph.node(given);
      return input?.kind !== "state" || states.has(input.path) ? undefined : of(initial);
    },
  });
}

/** All nodes that depend on the fed-back value, on a carried state or on the time of the steps. */
function dynamicNodes(graph: Graph, { time, fed }: FeedbackRequest): ReadonlySet<string> {
  const dynamic = new Set<string>();
  for (const node of graph.region(null)) {
    const { input } = node;
    const isSource =
      input !== undefined && (fed.has(printInput(input)) || input.kind === "state" || input.kind === "fresh");
    if (isSource || sizeNamesOf(node).includes(time) || node.operands.some((id) => dynamic.has(id)))
      dynamic.add(node.id);
  }
  return dynamic;
}

/** Inputs stay inputs. A node without operands is as cheap to compute as to read. */
function isWorthHolding(node: Node): boolean {
  return node.operands.length > 0 && node.op !== "scan";
}
