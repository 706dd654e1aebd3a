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

/** Drops dead nodes, states and emitted values, and shares equal nodes, by building the graph again. */
const SHARE: Pass = {
  name: "share",
  doc: "shares equal nodes, drops dead ones",
  run: (graph) => (hasDead(graph) ? rewrite(graph) : graph),
};

/** Before the gradient, so that values that are the same at every step are differentiated once, outside the loop. */
export const EARLY_PASSES: readonly Pass[] = [SIMPLIFY, HOIST];

/** On the program as it will run, with its gradient. */
export const PASSES: readonly Pass[] = [
  { ...SIMPLIFY, purpose: "gradient" }, // first: other passes look for constants, and the gradient leaves sums and products of constants
  ACCUMULATE, // before hoisting: a sum outside the loop is no longer a state
  { ...HOIST, purpose: "gradient" },
  { ...SIMPLIFY, purpose: "sums" }, // sums outside the loop begin with 0
  STACK, // after hoisting: products on x and on h are separate now
  MERGE,
  { ...HOIST, purpose: "stacked" }, // moves the stacked weights out of the loop
  { ...WIDEN, purpose: "outside" }, // outside the loop: biases to products on x
  { ...WIDEN, purpose: "inside" }, // inside the loop: those to products on h
  { ...SIMPLIFY, purpose: "slices" }, // slices of joined values meet here
  ARRANGE, // after all passes that change products
  { ...HOIST, purpose: "arranged" },
  SHARE,
];

/** On a graph that is mostly optimised, after nodes were added. */
export const LAST_PASSES: readonly Pass[] = [SIMPLIFY, SHARE];

export type Visit = (stage: string, graph: Graph) => void;

/** `late-stack`, or `late-hoist-stacked` for one of several runs of a pass. It has no position, so that a new pass renames no stage. */
export function stageOf(prefix: string, { name, purpose }: Pass): string {
  return [prefix, name, ...(purpose === undefined ? [] : [purpose])].join("-");
}

/** Runs passes in order; calls `visit` after each, with the name of its stage. */
export function runPasses(passes: readonly Pass[], prefix: string, graph: Graph, visit: Visit = () => {}): Graph {
  return passes.reduce((before, pass) => {
    const after = pass.run(before);
    visit(stageOf(prefix, pass), after);
    return after;
  }, graph);
}

/** The graph as it runs, of a program without a gradient. */
export function optimised(graph: Graph, visit?: Visit): Graph {
  return runPasses(PASSES, "late", runPasses(EARLY_PASSES, "early", graph, visit), visit);
}
