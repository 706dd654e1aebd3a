// Compares forward values and gradients of a target with those of the reference, in float64.
import { lower, open, programOf } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import { loadEmbedded } from "../../src/shipped/embedded.ts";
import { constant, type Sizes } from "../../src/shape/dim.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { HostArray, Target } from "../../src/targets/target.ts";
import { inputNodes } from "../../src/targets/bound.ts";
import { rounded } from "../measure.ts";
import { caseName, initialWeights, sizesOf, trainingProgramOf, waves, type Workload } from "../workload.ts";
import type { Check } from "./results.ts";
import { isNear } from "./tolerance.ts";

/** The least scale of a comparison, for tensors whose elements are all smaller. */
const LEAST = 1e-3;

export interface Question {
  readonly name: string;
  readonly program: Program;
  readonly sizes: Sizes;
}

export function questionOf(load: Workload): Question {
  return { name: caseName(load), program: trainingProgramOf(load), sizes: sizesOf(load) };
}

/** The character model with tokens, an embedding and two layers. */
export function characterModel(): Question {
  const text = 'use CharLM from "models"\n';
  const definition = open({ name: "check.rec", text }, loadEmbedded).definitions.get("CharLM");
  if (definition === undefined) throw new Error("no CharLM");
  const statics = new Map([
    ["E", constant(6)],
    ["H", constant(17)],
    ["layers", constant(2)],
  ]);
  const program = programOf(definition, statics, { ragged: false, training: true, states: "initial" });
  const sizes = new Map([
    ["V", 11],
    ["B", 3],
    ["T.text", 9],
  ]);
  return { name: "charlm-3-9-6-17", program, sizes };
}

/** Compares all outputs of the model, and the gradient with respect to every weight. */
export async function check(
  { name, program, sizes }: Question,
  runs: ReadonlyMap<string, Run>,
): Promise<readonly Check[]> {
  const by = program.parameters.map((parameter) => parameter.name);
  const graph = lower(program.graph, { from: new Map([["loss", null]]), by });
  const inputs = inputsFor(graph, initialWeights(program, sizes), sizes);
  const expected = await runOn(referenceTarget())(graph, inputs, sizes);
  const checks: Check[] = [];
  for (const [who, run] of runs) {
    const got = await run(graph, inputs, sizes);
    const worst = (isGradient: boolean): number =>
      Math.max(
        ...[...expected].flatMap(([output, array]) =>
          output.startsWith("grad.") === isGradient ? [errorOf(got.get(output), array)] : [],
        ),
      );
    const [forward, gradient] = [worst(false), worst(true)];
    const isRight = isNear(forward, gradient);
    // JSON has no infinity and no NaN.
    const finiteOrNull = (error: number): number | null => (Number.isFinite(error) ? rounded(error) : null);
    checks.push({ case: name, who, forward: finiteOrNull(forward), gradient: finiteOrNull(gradient), isRight });
  }
  return checks;
}

/** Initial weights, waves as data, and tokens 0, 1, 2, 3, 0, …. */
function inputsFor(
  graph: Graph,
  weights: ReadonlyMap<string, HostArray>,
  sizes: Sizes,
): ReadonlyMap<string, HostArray> {
  return new Map(
    inputNodes(graph).map((input, index): [string, HostArray] => {
      const shape = input.axes(sizes);
      const known = weights.get(input.name);
      const wave = waves(shape, index);
      if (known !== undefined) return [input.name, known];
      if (input.dtype === "float") return [input.name, wave];
      return [input.name, { dtype: "int", shape, data: Int32Array.from(wave.data, (_, position) => position % 4) }];
    }),
  );
}

/** The results of a graph on a target. */
export type Run = (
  graph: Graph,
  inputs: ReadonlyMap<string, HostArray>,
  sizes: Sizes,
) => Promise<ReadonlyMap<string, HostArray>>;

export function runOn<T>(target: Target<T>): Run {
  return async (graph, inputs, sizes) => {
    const given = new Map([...inputs].map(([name, array]) => [name, target.upload(array)]));
    const results = target.compile(graph).run(given, sizes);
    const found = new Map<string, HostArray>();
    for (const [name, tensor] of results) found.set(name, await target.download(tensor));
    for (const tensor of [...given.values(), ...results.values()]) target.dispose(tensor);
    return found;
  };
}

/** The largest difference of two elements, relative to the largest expected element. */
function errorOf(got: HostArray | undefined, expected: HostArray): number {
  if (got === undefined || got.shape.join() !== expected.shape.join()) return Infinity;
  let [difference, largest] = [0, LEAST];
  expected.data.forEach((value, index) => {
    const other = Math.abs(value - (got.data[index] ?? NaN));
    difference = Number.isNaN(other) ? Infinity : Math.max(difference, other);
    largest = Math.max(largest, Math.abs(value));
  });
  return difference / largest;
}
