// All stages on one page: from text to checked definitions, to a graph (`programs.ts`), to its gradient, to the graph that a target runs.
// What needs no gradient imports `programs.ts`, so that pages load gradients only to train.
import { gradient, type GradientRequest } from "./grad/gradient.ts";
import { withStandIns } from "./grad/stand-ins.ts";
import type { Graph } from "./graph/graph.ts";
import { verifyGraph } from "./ops/verify.ts";
import { EARLY_PASSES, LAST_PASSES, optimised, PASSES, runPasses, type Visit } from "./passes/list.ts";

export { check, checkFile, elaborate, open, programOf, type Wiring } from "./programs.ts";

/** The optimised graph of a program's outputs and, if requested, of their gradient. */
export function lower(graph: Graph, request: GradientRequest | null, visit: Visit = () => {}): Graph {
  return lowerWith(graph, request, null, visit);
}

/** As `lower`; `extend` adds nodes outside of loops to the optimised graph, such as the optimizer. */
export function lowerWith(
  graph: Graph,
  request: GradientRequest | null,
  extend: ((graph: Graph) => Graph) | null,
  visit: Visit = () => {},
): Graph {
  const late = request === null ? optimised(graph, visit) : withGradient(graph, request, visit);
  return extend === null ? late : runPasses(LAST_PASSES, "last", extend(late), visit);
}

function withGradient(graph: Graph, request: GradientRequest, visit: Visit): Graph {
  const full = gradient(runPasses(EARLY_PASSES, "early", withStandIns(graph), visit), request, graph);
  visit("gradient", full);
  return runPasses(PASSES, "late", full, visit);
}

/** As `lower`, with the verifier after every stage, which names the stage that broke the graph. */
export function lowerVerified(graph: Graph, request: GradientRequest | null, visit: Visit = () => {}): Graph {
  return lower(graph, request, (stage, each) => {
    verifyGraph(each, stage);
    visit(stage, each);
  });
}
