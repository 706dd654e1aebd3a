// Everything that `recurra explain` prints about a program, as data: the class of each scan and why, the weights, and the cost of a step.
import { shortPath } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import type { Type } from "../shape/type.ts";
import { scanAttributes } from "../graph/node.ts";
import { shapeOf } from "../shape/type.ts";
import { printDim, symbolsOf, type Sizes } from "../shape/dim.ts";
import { adviceFor, reasonFor } from "./advice.ts";
import { beyond, stepCost, timesOf, type Cost } from "./cost.ts";
import { stateNames } from "./naming.ts";
import { recurrenceOf, type DependencyClass } from "./recurrence.ts";

export interface ExplainedPart {
  readonly states: readonly string[];
  readonly class: DependencyClass;
  readonly stepwise: "B" | "C" | "D";
  readonly why: string;
  readonly cheaper: string | null;
}

export interface ExplainedScan {
  readonly time: string;
  readonly direction: "forward" | "backward";
  readonly class: DependencyClass;
  readonly parts: readonly ExplainedPart[];
}

/** Its scans in order, from the graph before optimisation, which has the spec's names. */
export function explainScans(graph: Graph): readonly ExplainedScan[] {
  return graph
    .region(null)
    .filter((node) => node.op === "scan")
    .map((scan) => {
      const { time, reverse } = scanAttributes(scan);
      const names = stateNames(graph, scan);
      const recurrence = recurrenceOf(graph, scan);
      const parts = recurrence.parts.map((part) => ({
        states: part.states.map((state) => names[state] ?? `state ${state + 1}`),
        class: part.class,
        stepwise: part.stepwise,
        why: reasonFor(graph, part),
        cheaper: part.isRecurrent ? adviceFor(graph, part) : null,
      }));
      return {
        time: printDim(time),
        direction: reverse ? ("backward" as const) : ("forward" as const),
        class: recurrence.class,
        parts,
      };
    });
}

/** The most expensive class of its scans; A if there is no scan. */
export function mostExpensive(scans: readonly ExplainedScan[]): DependencyClass {
  return scans.map((scan) => scan.class).reduce((a, b) => (a > b ? a : b), "A");
}

export interface Weights {
  readonly total: number;
  readonly each: readonly { readonly name: string; readonly shape: readonly number[]; readonly count: number }[];
}

export function countWeights(
  parameters: readonly { readonly name: string; readonly type: Type }[],
  sizes: Sizes,
): Weights {
  const each = parameters.map(({ name, type }) => {
    const shape = shapeOf(type, sizes);
    return { name: shortPath(name), shape, count: shape.reduce((a, b) => a * b, 1) };
  });
  return { total: each.reduce((sum, { count }) => sum + count, 0), each };
}

/** The cost of a step as it runs: forward alone, and what the gradient adds (null if there is none). */
export function explainCost(
  graphs: { readonly forward: Graph; readonly full: Graph | null },
  sizes: Sizes,
): { readonly forward: Cost; readonly backward: Cost | null } {
  const forward = stepCost(graphs.forward, sizes);
  if (graphs.full === null) return { forward, backward: null };
  const full = stepCost(graphs.full, sizes);
  return { forward, backward: beyond(full, forward) };
}

/** The names of open sizes of the graph, except the lengths of its sequences. */
export function openSizes(graph: Graph): readonly string[] {
  const times = timesOf(graph);
  const names = graph.all().flatMap((node) => node.type.axes.flatMap((axis) => symbolsOf(axis.size)));
  return [...new Set(names)].filter((name) => !times.includes(name));
}
