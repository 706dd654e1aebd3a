// The passes in their order, with the reason for each place.
import type { Graph } from "../graph/graph.ts";
import { hasDead } from "../ops/liveness.ts";
import { rewrite } from "../ops/rewrite.ts";
import { ACCUMULATE } from "./accumulate.ts";
import { ARRANGE } from "./arrange.ts";
import { HOIST } from "./hoist.ts";
import { MERGE } from "./merge.ts";
import type { Pass } from "./pass.ts";
import { SIMPLIFY } from "./simplify.ts";
import { STACK } from "./stack.ts";
import { WIDEN } from "./widen.ts";

/** Drops what nothing needs, states and emitted values too: a graph that is built anew has none of it, nor equal nodes. */
const SHARE: Pass = {
  name: "share",
  doc: "shares equal nodes, drops dead ones",
  run: (graph) => (hasDead(graph) ? rewrite(graph) : graph),
};

/** Before the gradient: what is the same at every step is differentiated once, outside. */
export const EARLY_PASSES: readonly Pass[] = [SIMPLIFY, HOIST];

/** On the program as it will run, its gradient included. */
export const PASSES: readonly Pass[] = [
  { ...SIMPLIFY, purpose: "gradient" }, // first: the gradient leaves constants, and what they make of sums and products, that others look for
  ACCUMULATE, // before hoisting: a sum that left the loop is no longer a state
  { ...HOIST, purpose: "gradient" },
  { ...SIMPLIFY, purpose: "sums" }, // sums outside the loop begin with 0
  STACK, // after hoisting: products on x and on h are apart now
  MERGE,
  { ...HOIST, purpose: "stacked" }, // what stacking joined of weights leaves the loop
  { ...WIDEN, purpose: "outside" }, // outside the loop: biases to products on x
  { ...WIDEN, purpose: "inside" }, // inside the loop: those to products on h
  { ...SIMPLIFY, purpose: "slices" }, // slices of joined values meet here
  ARRANGE, // last of those that change products
  { ...HOIST, purpose: "arranged" },
  SHARE,
];

/** On a graph of which the greater part is optimised already, when more was added to it. */
export const LAST_PASSES: readonly Pass[] = [SIMPLIFY, SHARE];

export type Visit = (stage: string, graph: Graph) => void;

/** `late-stack`, or `late-hoist-stacked` for one of several runs of a pass: no position, so that another pass renames nothing. */
export function stageOf(prefix: string, { name, purpose }: Pass): string {
  return [prefix, name, ...(purpose === undefined ? [] : [purpose])].join("-");
}

/** Runs passes in order; `visit` sees the graph after each, under the name of its stage. */
export function runPasses(passes: readonly Pass[], prefix: string, graph: Graph, visit: Visit = () => {}): Graph {
  return passes.reduce((before, pass) => {
    const after = pass.run(before);
    visit(stageOf(prefix, pass), after);
    return after;
  }, graph);
}
