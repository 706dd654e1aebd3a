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

/** float32 beside float64: DESIGN's promise, as a part of a tensor's largest element. */
const [FORWARD, GRADIENT] = [1e-5, 1e-4];
/** Tensors smaller than this everywhere are compared as if they had an element of it. */
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

/** The model's loss, all else that it gives, and the gradient by every weight. */
export async function checked<T>(
  { name, program, sizes }: Question,
  targets: ReadonlyMap<string, Target<T>>,
): Promise<readonly Check[]> {
  const by = program.parameters.map((parameter) => parameter.name);
  const graph = lower(program.graph, { from: new Map([["loss", null]]), by });
  const inputs = inputsFor(graph, initialWeights(program, sizes), sizes);
  const expected = await resultsOn(referenceTarget(), graph, inputs, sizes);
  const checks: Check[] = [];
  for (const [who, target] of targets) {
    const got = await resultsOn(target, graph, inputs, sizes);
    const worst = (isGradient: boolean): number =>
      Math.max(
        ...[...expected].flatMap(([output, array]) =>
          output.startsWith("grad.") === isGradient ? [errorOf(got.get(output), array)] : [],
        ),
      );
    const [forward, gradient] = [worst(false), worst(true)];
    const isRight = forward <= FORWARD && gradient <= GRADIENT;
    // What is infinite or no number has no place in JSON.
    const told = (error: number): number | null => (Number.isFinite(error) ? rounded(error) : null);
    checks.push({ case: name, who, forward: told(forward), gradient: told(gradient), isRight });
  }
  return checks;
}

/** Weights as they begin, waves as data, and tokens 0, 1, 2, 3, 0, …. */
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

async function resultsOn<T>(
  target: Target<T>,
  graph: Graph,
  inputs: ReadonlyMap<string, HostArray>,
  sizes: Sizes,
): Promise<ReadonlyMap<string, HostArray>> {
  const given = new Map([...inputs].map(([name, array]) => [name, target.upload(array)]));
  const results = target.compile(graph).run(given, sizes);
  const found = new Map<string, HostArray>();
  for (const [name, tensor] of results) found.set(name, await target.download(tensor));
  for (const tensor of [...given.values(), ...results.values()]) target.dispose(tensor);
  return found;
}

/** The largest difference of two elements, as a part of the largest expected one. */
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
