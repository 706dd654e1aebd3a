// The checks of a certificate. Each computes the same in two ways.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { readOutput, shortPath } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { apart } from "../golden/compare.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { referenceTarget } from "../targets/reference/target.ts";
import { probe } from "../targets/probe.ts";
import { targetNamed } from "../targets/registry.ts";
import type { Target } from "../targets/target.ts";
import { unrolling } from "../targets/unrolling.ts";
import { timeOfSteps } from "../train/step-inputs.ts";
import type { Sizes } from "../shape/dim.ts";
import { comparedAll, comparedAs, EXACT, SINGLE, type Check, type Compared } from "./check.ts";
import { slopes, TOLERANCE, type Point, type Slope } from "./differences.ts";
import { sizesOf, valuesFor, type Range } from "./point.ts";
import { resultsOn } from "./run.ts";
import { partsAgainstRun } from "./parts.ts";

/** A form of a program. */
export interface Case {
  /** What is special about it, for the names of checks. */
  readonly words: string;
  /** As it runs, through every pass, with the gradient by everything. */
  readonly graph: Graph;
  /** Other numbers for another seed. */
  readonly at: (seed: number) => Point;
}

/** Another order of sums may cost this many times what rounding to float32 alone costs. */
const ROUNDING = 8;

const reference = referenceTarget();
/** Every number is rounded to float32. */
const rounded = referenceTarget(Math.fround);

/** A difference across a corner, as that of `relu`, is not the gradient: what differs is compared at two other points too. */
export function againstDifferences({ words, graph, at }: Case): Check {
  const name = `gradient against central differences${words}`;
  const found = new Map<string, Slope>();
  const isRight = (by: string): boolean => (found.get(by)?.error ?? NaN) <= TOLERANCE;
  const executable = reference.compile(graph);
  for (const seed of [1, 2, 3]) {
    const point = at(seed);
    for (const slope of slopes(point, executable.run(point.inputs, point.sizes)))
      if (!isRight(slope.name)) found.set(slope.name, slope);
    if ([...found.keys()].every(isRight)) break;
  }
  const compared = [...found.values()].map(({ name: by, symbolic, numeric, error }) => ({
    name: `gradient of ${shortPath(by)}`,
    error,
    limit: TOLERANCE,
    got: symbolic,
    expected: numeric,
    where: "along a direction",
  }));
  return { name, compared, skipped: compared.length === 0 ? "no input of it is a number" : null };
}

/** Results and gradients with loops, against those with each step written out. */
export async function againstUnrolled({ words, graph, at }: Case): Promise<Check> {
  const { inputs, sizes } = at(1);
  const loop = await resultsOn(reference, graph, inputs, sizes);
  const unrolled = await resultsOn(unrolling(reference, "full"), graph, inputs, sizes);
  const name = `loop against its steps written out${words}`;
  return { name, compared: comparedAll(loop, unrolled, () => EXACT), skipped: null };
}

/**
 * One step at a time, and in two parts, against all steps at once. `program` is elaborated without training, with states carried; `needed`:
 * outputs of its graph.
 */
export async function inParts(
  program: Program,
  needed: readonly string[],
  { sizes: given, range }: { readonly sizes: Sizes; readonly range: Range },
): Promise<readonly Check[]> {
  const [single, double] = ["step against run", "run in two parts against run"] as const;
  let time: string;
  try {
    time = timeOfSteps(program, needed, "fed step by step");
  } catch (problem) {
    if (!(problem instanceof UserError)) throw problem;
    const { message } = problem;
    return [single, double].map((name) => ({ name, compared: [], skipped: message }));
  }
  const sizes = sizesOf(program.graph, given);
  const inputs = valuesFor(program, program.graph, sizes, { range });
  const steps = sizes.get(time) ?? 1;
  const first = Math.ceil(steps / 2);
  const checkOf = async (name: string, parts: readonly number[]): Promise<Check> => {
    const found = await partsAgainstRun({ program, needed, inputs, sizes }, { time, parts });
    return { name, compared: found.map((each) => comparedAs(each.name, EXACT, each)), skipped: null };
  };
  const ones = Array.from({ length: steps }, () => 1);
  return [await checkOf(single, ones), await checkOf(double, [first, steps - first])];
}

/** Results and gradients on a target, against the reference. Skipped where the target does not run. */
export async function onTarget(target: string, cases: readonly Case[]): Promise<Check> {
  const row = targetNamed(target);
  const name = `${target} against reference`;
  const { reason } = await probe(row);
  if (reason !== null) return { name, compared: [], skipped: reason };
  return { name, compared: await row.open((opened) => comparedOn(opened, cases)), skipped: null };
}

async function comparedOn<T>(target: Target<T>, cases: readonly Case[]): Promise<readonly Compared[]> {
  const found: Compared[] = [];
  for (const { graph, at } of cases) {
    const { inputs, sizes } = at(1);
    const expected = await resultsOn(reference, graph, inputs, sizes);
    const alone = await resultsOn(rounded, graph, inputs, sizes);
    const limitOf = (output: string): number => {
      const array = expected.get(output) ?? fail("gradcheck", `no ${output}`);
      const usual = readOutput(output).kind === "gradient" ? SINGLE.gradient : SINGLE.value;
      return Math.max(usual, ROUNDING * apart(alone.get(output)?.data ?? [], array).error);
    };
    found.push(...comparedAll(await resultsOn(target, graph, inputs, sizes), expected, limitOf));
  }
  return found;
}
