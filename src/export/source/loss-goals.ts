// What a loss consists of: the whole, and each prediction's part of it with what it is divided by: the number of values of a mean, the sum of their weights, or the examples.
import type { Plan } from "./plan.ts";

export interface LossGoals {
  readonly loss: string;
  readonly terms: readonly { readonly loss: string; readonly count: string; readonly weight: number }[];
  readonly all: readonly string[];
}

/** What the function of the loss returns; undefined if nothing is predicted. */
export function lossGoals({ graph, program }: Plan): LossGoals | undefined {
  const loss = graph.outputs.get("loss");
  if (loss === undefined) return undefined;
  const measure = (measured: string, of: string): string | undefined =>
    graph.outputsOf("measure").find(({ output }) => output.measure === measured && output.of === of)?.id;
  const terms = program.predictions.flatMap(({ name, weight }) => {
    const [part, count] = [measure("loss", name), measure("weight", name) ?? measure("count", name)];
    return part === undefined || count === undefined ? [] : [{ loss: part, count, weight }];
  });
  const all = [loss, ...terms.flatMap((term) => [term.loss, term.count])];
  return { loss, terms, all };
}

/** The loss alone. */
export function wholeLoss(plan: Plan): LossGoals | undefined {
  const goals = lossGoals(plan);
  return goals === undefined ? undefined : { loss: goals.loss, terms: [], all: [goals.loss] };
}

/** The nodes outside loops that some weight changes. */
export function dependentOnWeights({ graph }: Plan): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { id, input, operands } of graph.region(null)) {
    if (input?.kind === "weight" || operands.some((operand) => found.has(operand))) found.add(id);
  }
  return found;
}
