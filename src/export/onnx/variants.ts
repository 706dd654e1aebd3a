// Which operators, with which functions and which clip, the body of a scan could be: what it is then compared with.
import type { Graph } from "../../graph/graph.ts";
import type { Node } from "../../graph/node.ts";
import { ACTIVATION_COUNTS, ACTIVATIONS, type OperatorName, type Variant } from "../../onnx/cells.ts";

/** The operators that have this number of states. */
export function operatorsWith(states: number): readonly OperatorName[] {
  return states === 2 ? ["LSTM"] : states === 1 ? ["RNN", "GRU"] : [];
}

/** Variants with the functions and the clip that occur in the body. */
export function* variantsFor(operator: OperatorName, graph: Graph, scan: Node): Generator<Variant> {
  const body = graph.region(scan.id);
  const used = [...ACTIVATIONS.keys()].filter((name) => body.some(({ op }) => op === name));
  const constants = body.map(({ attributes }) => attributes["value"]).filter((value) => typeof value === "number");
  const clips = [...new Set(constants)].filter((value) => value > 0 && constants.includes(-value));
  for (const activations of choices(used, ACTIVATION_COUNTS[operator]))
    for (const clip of [undefined, ...clips])
      for (const linearBeforeReset of operator === "GRU" ? [true, false] : [false])
        yield { operator, activations, clip, linearBeforeReset };
}

function choices(names: readonly string[], count: number): readonly (readonly string[])[] {
  if (count === 0) return [[]];
  return choices(names, count - 1).flatMap((rest) => names.map((name) => [...rest, name]));
}
