// The equations of a step in the order in which the spec has them, as far as each comes after those that it reads.
import { printInput } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";

/** What an equation computes, and the node of `graph` that computes it. */
interface Computed {
  readonly target: string;
  readonly value: string;
}

/** `written`: the names of equations in the order of the spec. Others stand before the first equation that reads them. */
export function inWrittenOrder<E extends Computed>(
  equations: readonly E[],
  graph: Graph,
  written: readonly string[],
): readonly E[] {
  const byTarget = new Map(equations.map((each) => [each.target, each]));
  const reads = new Map(equations.map((each) => [each.target, namesIn(graph, each.value)]));
  const done = new Set<string>();
  const ordered: E[] = [];
  const add = (target: string): void => {
    const equation = byTarget.get(target);
    if (equation === undefined || done.has(target)) return;
    done.add(target);
    for (const name of reads.get(target) ?? []) add(name);
    ordered.push(equation);
  };
  for (const name of [...written, ...byTarget.keys()]) add(name);
  return ordered;
}

/** The names that a value is computed from. */
function namesIn(graph: Graph, id: string): readonly string[] {
  const { input, operands } = graph.node(id);
  return input === undefined ? operands.flatMap((operand) => namesIn(graph, operand)) : [printInput(input)];
}
