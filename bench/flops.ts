// Floating-point operations of a case, counted on the graph that our targets run: 2·m·n·k for a product, and one for each element of
// any other op. Clipping and the optimiser are not counted. All contestants get the same number.
import { graphCost } from "../src/analyse/cost.ts";
import { lower } from "../src/compile.ts";
import { Graph } from "../src/graph/graph.ts";
import type { Program } from "../src/lang/elaborate/program.ts";
import { rewrite } from "../src/ops/rewrite.ts";
import type { Sizes } from "../src/shape/dim.ts";
import { hiddenProgramOf, sizesOf, trainingProgramOf, type Workload } from "./workload.ts";

/** Of a program's loss and its gradient by every weight. */
export function gradientFlops(program: Program, sizes: Sizes): number {
  const by = program.parameters.map(({ name }) => name);
  const graph = lower(program.graph, { from: new Map([["loss", null]]), by });
  return flopsOf(graph, ["loss", ...by.map((name) => `grad.${name}`)], sizes);
}

export function trainingFlops(load: Workload): number {
  return gradientFlops(trainingProgramOf(load), sizesOf(load));
}

/** Of the cell's outputs. */
export function runFlops(load: Workload): number {
  return programFlops(hiddenProgramOf(load), ["output"], sizesOf(load));
}

/** Of a program's outputs, without a gradient. */
export function programFlops(program: Program, needed: readonly string[], sizes: Sizes): number {
  return flopsOf(lower(program.graph, null), needed, sizes);
}

/** Of what these outputs need. */
function flopsOf(graph: Graph, needed: readonly string[], sizes: Sizes): number {
  const outputs = new Map(needed.map((name) => [name, graph.output(name).id]));
  return graphCost(rewrite(new Graph(graph.name, graph.all(), outputs)), sizes).flops;
}
