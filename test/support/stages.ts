// A graph on its way through gradient and passes: every stage of it, and the first that computes something else.
import { expect } from "vitest";
import { gradient, type GradientRequest } from "../../src/grad/gradient.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { NdArray } from "../../src/ops/nd.ts";
import { EARLY_PASSES, PASSES, runPasses, type Visit } from "../../src/passes/list.ts";
import type { Pass } from "../../src/passes/pass.ts";
import { named, run, sizesOf, valuesFor, type Arrays } from "./run.ts";

/** What `lower` does, with the passes that are given. */
export function lowerBy(
  passes: { readonly early: readonly Pass[]; readonly late: readonly Pass[] },
  graph: Graph,
  request: GradientRequest,
  visit: Visit = () => {},
): Graph {
  const full = gradient(runPasses(passes.early, "early", graph, visit), request);
  visit("gradient", full);
  return runPasses(passes.late, "late", full, visit);
}

export const ALL_PASSES = { early: EARLY_PASSES, late: PASSES };
export const PASS_NAMES: readonly string[] = [...new Set([...EARLY_PASSES, ...PASSES].map((pass) => pass.name))];

export function passNamed(name: string): Pass {
  return [...EARLY_PASSES, ...PASSES].find((pass) => pass.name === name) ?? expect.fail(`no pass ${name}`);
}

/** Without any occurrence of one pass. */
export function without(name: string): typeof ALL_PASSES {
  const others = (passes: readonly Pass[]): readonly Pass[] => passes.filter((pass) => pass.name !== name);
  return { early: others(EARLY_PASSES), late: others(PASSES) };
}

/** max|a - b| / max(max|b|, 1e-3); infinite where a number is none or the shapes differ. */
export function distance(a: NdArray, b: NdArray): number {
  if (a.shape.join() !== b.shape.join()) return Infinity;
  const scale = b.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  const apart = b.data.reduce((most, value, index) => {
    const each = Math.abs((a.data[index] ?? NaN) - value);
    return Number.isNaN(each) ? Infinity : Math.max(most, each);
  }, 0);
  return apart / scale;
}

/** Outputs of `results` that are further than `tolerance` from `expected`. */
export function differing(results: Arrays, expected: Arrays, tolerance: number): readonly string[] {
  return [...expected.keys()].filter((name) => !(distance(named(results, name), named(expected, name)) <= tolerance));
}

/** All outputs of `graph` under values that belong to their inputs' names, for graphs of the same sizes. */
export function resultsOf(graph: Graph): Arrays {
  const sizes = sizesOf(graph);
  return run(graph, valuesFor(graph, sizes), sizes);
}
