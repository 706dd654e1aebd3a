// Where the weights of a step are read, and which states depend on them.
import type { SymbolUse } from "../graph/border.ts";
import type { Node } from "../graph/node.ts";
import { neededBy } from "./needed.ts";
import { ANY_STEP, type Step } from "./step.ts";

/** A weight that is read in one place: its gradient is a sum over the steps of that place. */
export interface WeightUse {
  readonly name: string;
  readonly place: string;
  /** The states of the place that depend on it, such as `h`, from the left to the right (`[t-1]`) and from the right to the left (`[t+1]`). */
  readonly forth: readonly string[];
  readonly back: readonly string[];
}

/** `called`: the name of a value. */
export function weightUses(step: Step, called: (id: string) => string): readonly WeightUse[] {
  const { graph, active, places } = step;
  const placeOf = (id: string): string => places.get(id) ?? ANY_STEP;
  const reached = (mark: string): readonly { readonly node: string; readonly needs: ReadonlySet<string> }[] =>
    step.arrivals
      .filter(({ state }) => state?.endsWith(mark) === true)
      .map(({ node }) => ({ node, needs: neededBy(graph, [node]) }));
  const [forth, back] = [reached("[t-1]"), reached("[t+1]")];
  const inputs = graph.region(null).filter((node) => symbolUse(node) === "weight" && active.has(node.id));
  return inputs.map(({ id }) => {
    const place = placeOf(id);
    const statesOf = (all: typeof forth): readonly string[] =>
      all.some(({ needs }) => needs.has(id))
        ? all.flatMap(({ node }) => (placeOf(node) === place ? [called(node)] : []))
        : [];
    return { name: called(id), place, forth: statesOf(forth), back: statesOf(back) };
  });
}

/** A weight stays a weight in the equations, because notations write weights differently. */
export function symbolUse({ input }: Node): SymbolUse {
  return input?.kind === "symbol" ? input.is : "value";
}
