// The states of a model that is used step by step.
import type { Program } from "../lang/elaborate/program.ts";

/** The states along the time, without those that follow a target which is never fed back: what is minimised may have such. */
export function statesAlong({ graph, states, inputs }: Program, time: string): ReadonlySet<string> {
  const paths = new Set(states.map(({ name }) => name));
  const unknown = new Set(
    inputs.filter(({ name, role }) => role === "target" && !paths.has(`${name}[t-1]`)).map(({ name }) => name),
  );
  const dependent = new Set<string>();
  for (const { id, input, operands } of graph.region(null))
    if ((input?.kind === "data" && unknown.has(input.name)) || operands.some((each) => dependent.has(each)))
      dependent.add(id);
  const finals = new Map(graph.outputsOf("final").map(({ id, output }) => [output.path, id]));
  return new Set(
    states.flatMap(({ name, time: own }) => (own === time && !dependent.has(finals.get(name) ?? "") ? [name] : [])),
  );
}
