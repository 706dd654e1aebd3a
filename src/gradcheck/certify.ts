// Certifies a cell or a model without golden values: its gradient, its loops, its steps, and the targets that run here.
import { lower, programOf } from "../compile.ts";
import { vocabularyOfStart } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { getOrCreate } from "../base/get-or-create.ts";
import type { Options } from "../lang/elaborate/options.ts";
import type { Program, Statics } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { evaluateDim, type Sizes } from "../shape/dim.ts";
import { lastStates, namedOutputs, outputsOfStep } from "../train/outputs.ts";
import type { Check } from "./check.ts";
import { againstDifferences, againstUnrolled, inParts, onTarget, type Case } from "./checks.ts";
import { addCotangents, requestFor, type Point } from "./differences.ts";
import { sizesOf, USUAL_RANGE, valuesFor, type Range } from "./point.ts";
import { smallStatics } from "./small.ts";

export type { Check, Compared } from "./check.ts";

export interface Certificate {
  /** Of the cell or model. */
  readonly name: string;
  /** At which it was checked. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly checks: readonly Check[];
}

export interface Subject {
  readonly definition: ScopedDefinition;
  /** Values of parameters that are given. Others are small. */
  readonly statics: Statics;
  /** Other sizes that are given: B, T, and sizes that the definition leaves open. Others are small. */
  readonly sizes: Sizes;
  /** The names of targets to compare. */
  readonly targets: readonly string[];
  /** Of the numbers of inputs and targets. Default: from -1 to 1. */
  readonly range?: Range;
}

/** Throws a CompileError for a definition with errors. */
export async function certify(subject: Subject): Promise<Certificate> {
  const { definition, sizes, range = USUAL_RANGE } = subject;
  const statics = smallStatics(definition, subject.statics);
  const form = (options: Options): Program => programOf(definition, statics, options);
  const states = definition.definition.kind === "cell" ? "given" : "initial";
  const caseOf = (words: string, ragged: boolean): Case => {
    const program = form({ ragged, training: true, states });
    const outputs = outputsOf(definition, program);
    const graph = lower(program.graph, requestFor(program, outputs));
    const points = new Map<number, Point>();
    const make = (seed: number): Point => pointOf({ program, outputs, graph }, sizes, { seed, range });
    return { words, graph, at: (seed) => getOrCreate(points, seed, () => make(seed)) };
  };
  const cases = [caseOf("", false), caseOf(", unequal lengths", true)];
  const carried = form({ ragged: false, training: false, states: "carried" });
  const checks: Check[] = cases.map(againstDifferences);
  for (const each of cases) checks.push(await againstUnrolled(each));
  checks.push(...(await inParts(carried, outputsOfStep(carried, definition), { sizes, range })));
  for (const target of subject.targets) checks.push(await onTarget(target, cases));
  const given = [...statics].map(([name, value]): [string, number] => [name, evaluateDim(value, new Map())]);
  const used = cases.flatMap(({ at }) => [...at(1).sizes]).filter(([name]) => vocabularyOfStart(name) === undefined);
  const sizesUsed = [...new Map([...given, ...used])].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { name: definition.definition.name.name, sizes: Object.fromEntries(sizesUsed), checks };
}

/** The outputs at which the gradient starts: the loss, or else all results that are numbers. */
function outputsOf(definition: ScopedDefinition, program: Program): readonly string[] {
  const { graph } = program;
  const losses = graph.outputsOf("loss").map(({ name }) => name);
  if (losses.length > 0) return losses;
  const results = [...new Set([...namedOutputs(program, definition), ...lastStates(program)])];
  return results.filter((name) => graph.output(name).type.dtype === "float");
}

interface Differentiated {
  readonly program: Program;
  readonly outputs: readonly string[];
  /** With the gradient. */
  readonly graph: Graph;
}

function pointOf(
  { program, outputs, graph }: Differentiated,
  given: Sizes,
  drawing: { readonly seed: number; readonly range: Range },
): Point {
  const sizes = new Map([...sizesOf(program.graph, given), ...sizesOf(graph, given)]);
  const inputs = new Map([
    ...valuesFor(program, program.graph, sizes, drawing),
    ...valuesFor(program, graph, sizes, drawing),
  ]);
  const point = { program, outputs, inputs, sizes };
  addCotangents(point, inputs);
  return point;
}
