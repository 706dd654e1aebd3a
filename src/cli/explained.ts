// What `recurra explain` and `recurra cells` print about a definition: class, scans, weights, cost.
import { countWeights, mostExpensive, explainCost, explainScans, openSizes } from "../analyse/explain.ts";
import type { ExplainedScan, Weights } from "../analyse/explain.ts";
import type { DependencyClass } from "../analyse/recurrence.ts";
import type { Cost } from "../analyse/cost.ts";
import { UserError } from "../base/diagnostic.ts";
import { lower, programOf } from "../compile.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { explainLoops, type ExplainedLoop } from "../codegen/wgsl/explain-loops.ts";
import type { Graph } from "../graph/graph.ts";
import { symbolsOf, type Sizes } from "../shape/dim.ts";
import { timesOfScans } from "../time/unroll.ts";
import { targetNamed, unrollingOn, withTarget } from "../targets/registry.ts";
import { ratesOf, type Rates } from "../targets/rates.ts";
import type { UnrollDecision } from "../time/unroll-choice.ts";
import { dividedAssignments, staticsFrom, type Assignment } from "./select.ts";
import { requestFor } from "./stages.ts";

/** For sizes that are not given. */
const DEFAULT_SIZE = 128;
const DEFAULT_BATCH = 1;

export interface Explained {
  readonly name: string;
  readonly kind: "cell" | "model";
  readonly class: DependencyClass;
  readonly sizes: Readonly<Record<string, number>>;
  readonly scans: readonly ExplainedScan[];
  readonly weights: Weights;
  readonly cost: { readonly forward: Cost; readonly backward: Cost | null };
}

export interface ExplainedUnrolling extends UnrollDecision {
  readonly target: string;
  /** The length of every sequence; null if lengths differ. */
  readonly length: number | null;
}

/** The choice of `--unroll auto`. Throws a UserError for an unknown target. */
export function explainUnrolling(target: string, length: number | null): ExplainedUnrolling {
  return { target: targetNamed(target).name, length, ...unrollingOn(target, length) };
}

export interface PredictedTime {
  readonly target: string;
  readonly rates: Rates;
  /** In microseconds for each step. */
  readonly forward: number;
  readonly backward: number | null;
}

/** The time of a step on a target, from its rates, which are measured now. */
export async function predictTime({ cost }: Explained, target: string): Promise<PredictedTime> {
  const rates = await withTarget(target, async (opened) => ratesOf(opened));
  const time = ({ flops, products }: Cost): number =>
    1e6 * (products / rates.products + (flops - products) / rates.elements);
  return { target, rates, forward: time(cost.forward), backward: cost.backward === null ? null : time(cost.backward) };
}

/** Parameters that are not given stay names. The first states of a cell are inputs. */
export function programToExplain(
  definition: ScopedDefinition,
  assignments: readonly Assignment[],
  isRagged = false,
): Program {
  const states = definition.definition.kind === "cell" ? "given" : "initial";
  const options = { ragged: isRagged, training: true, states } as const;
  return programOf(definition, staticsFrom(definition, assignments), options);
}

/** A program, and sizes for all names that its spec leaves open except the lengths of sequences. */
export function sizedProgram(
  definition: ScopedDefinition,
  assignments: readonly Assignment[],
  isRagged = false,
): { readonly program: Program; readonly sizes: Map<string, number> } {
  const { parameters, sizes: given } = dividedAssignments(definition, assignments);
  const program = programToExplain(definition, parameters, isRagged);
  const open = openSizes(program.graph);
  checkSizes(given, definition, open);
  const sizes = new Map(open.map((each) => [each, given.get(each) ?? (each === "B" ? DEFAULT_BATCH : DEFAULT_SIZE)]));
  return { program, sizes };
}

/** Sizes of all names in a graph: `length` for those that are not in `sizes`, which are the sequences. */
export function withLengths(graph: Graph, sizes: Sizes, length: number): Sizes {
  const names = graph.all().flatMap((node) => node.type.axes.flatMap((axis) => symbolsOf(axis.size)));
  const times = timesOfScans(graph).flatMap((time) => symbolsOf(time));
  return new Map([...[...names, ...times].map((name) => [name, length] as const), ...sizes]);
}

/** How the loops of a definition and of its gradient run on a GPU; null for a target that does not choose. */
export function explainLoopsOn(
  target: string,
  definition: ScopedDefinition,
  assignments: readonly Assignment[],
  length: number | null,
): readonly ExplainedLoop[] | null {
  if (targetNamed(target).choosesLoops !== true) return null;
  const { program, sizes } = sizedProgram(definition, assignments);
  const graph = lower(program.graph, requestFor(program));
  return explainLoops(graph, withLengths(graph, sizes, length ?? DEFAULT_SIZE));
}

/** `assignments`: values of parameters, and of sizes that the spec leaves open, such as B or a cell's I. */
export function explain(definition: ScopedDefinition, assignments: readonly Assignment[]): Explained {
  const { kind, name } = definition.definition;
  const { program, sizes } = sizedProgram(definition, assignments);
  const request = requestFor(program);
  const scans = explainScans(program.graph);
  const graphs = { forward: lower(program.graph, null), full: request === null ? null : lower(program.graph, request) };
  return {
    name: name.name,
    kind,
    class: mostExpensive(scans),
    sizes: { ...Object.fromEntries(sizes), ...Object.fromEntries(assignments.map((each) => [each.name, each.value])) },
    scans,
    weights: countWeights(program.parameters, sizes),
    cost: explainCost(graphs, sizes),
  };
}

/** Its class and the number of its weights, with all open sizes at 128: a part of what `explain` gives, for less work. */
export function classAndWeights(definition: ScopedDefinition): { readonly class: string; readonly weights: number } {
  const { program, sizes } = sizedProgram(definition, []);
  return {
    class: mostExpensive(explainScans(program.graph)),
    weights: countWeights(program.parameters, sizes).total,
  };
}

function checkSizes(given: ReadonlyMap<string, number>, definition: ScopedDefinition, open: readonly string[]): void {
  for (const [name, value] of given) {
    if (!open.includes(name)) {
      const known = [...definition.definition.parameters.map((each) => each.name.name), ...open];
      const { name: own } = definition.definition.name;
      throw new UserError(`\`${own}\` has no parameter or size \`${name}\`; it has ${[...new Set(known)].join(", ")}`);
    }
    if (!Number.isInteger(value) || value < 1)
      throw new UserError(`\`${name}\` is a size: a whole number of at least 1`);
  }
}
