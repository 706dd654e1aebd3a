// The gradient of a model's weights as a sum over pairs of steps: what the loss at step t adds through the use of a weight at step k.
import { fail } from "../base/invariant.ts";
import { UserError } from "../base/diagnostic.ts";
import { printInput } from "../graph/border.ts";
import { Compiled } from "../library/compiled.ts";
import type { NumberArray } from "../library/given.ts";
import type { ArrayInput } from "../library/given.ts";
import { readArray } from "../library/given.ts";
import type { Arrays, CompiledModel, State } from "../library/types.ts";
import { outputsOfStep } from "../train/outputs.ts";
import { timeOfSteps } from "../train/step-inputs.ts";
import { timeName } from "../shape/type.ts";

/** The terms of one weight. */
export interface WeightTerms {
  readonly name: string;
  /** By t, then by k = 0 … t: ∂L[t]/∂s[t] (Π ∂s[j]/∂s[j-1] for j = k + 1 … t) ∂s[k]/∂W, in the shape of the weight. */
  readonly terms: readonly (readonly NumberArray[])[];
}

export interface GradientTerms {
  /** The loss at each step. */
  readonly losses: readonly number[];
  readonly weights: readonly WeightTerms[];
}

/**
 * For one example, `[T, …]` by name with its targets. The gradient of the model's loss is the sum of all terms divided by the number of steps.
 * Rejects with a UserError for a model without a loss at each step, and for one that cannot be fed step by step.
 */
export async function gradientTerms(model: CompiledModel, arrays: Arrays): Promise<GradientTerms> {
  if (!(model instanceof Compiled)) throw new UserError("the first argument is not a compiled model");
  const parts = partsOf(model, arrays);
  const before = await statesBefore(model, parts);
  const losses: number[] = [];
  const found = new Map<string, NumberArray[][]>(model.parameters.map(({ name }) => [name, []]));
  const add = (weights: ReadonlyMap<string, NumberArray>): void => {
    for (const [name, terms] of found)
      terms.at(-1)?.unshift(weights.get(name) ?? fail("terms", `no gradient of ${name}`));
  };
  for (let t = 0; t < parts.steps; t++) {
    for (const terms of found.values()) terms.push([]);
    const direct = await model.gradients(parts.withTargets(t), stateAt(before, t));
    losses.push(direct.loss);
    add(direct.weights);
    let back = direct.states;
    for (let k = t - 1; k >= 0; k--) {
      const cotangents = Object.fromEntries(
        Object.entries(back).map(([name, array]) => [printInput({ kind: "state", path: name }), array]),
      );
      const step = await model.gradients(parts.at(k), { ...stateAt(before, k), cotangents });
      add(step.weights);
      back = step.states;
    }
  }
  return { losses, weights: [...found].map(([name, terms]) => ({ name, terms })) };
}

/** The first step begins as the spec says. */
function stateAt(before: readonly State[], step: number): { readonly state?: State } {
  const state = before[step];
  return state === undefined || step === 0 ? {} : { state };
}

interface Parts {
  readonly steps: number;
  /** The inputs of one step. */
  readonly at: (step: number) => Arrays;
  /** With what is predicted from it. */
  readonly withTargets: (step: number) => Arrays;
}

/** Single steps of the arrays of one example. */
function partsOf<T>(model: Compiled<T>, arrays: Arrays): Parts {
  const { program, name } = model;
  if (program.graph.outputsOf("loss").length === 0) throw new UserError(`\`${name}\` has no loss`);
  const carried = model.carried(false);
  const time = timeOfSteps(carried, outputsOfStep(carried, model.definition), "taken apart into steps");
  const ahead = Math.max(0, ...program.predictions.map((each) => each.ahead));
  const inputs = program.inputs.map((input) => {
    const given = arrays[input.name];
    if (given === undefined) throw new UserError(`\`${name}\` needs \`${input.name}\``);
    return { input, isCut: timeName(input.type) === time, array: wholeArray(given, input.name) };
  });
  const lengths = inputs.flatMap(({ isCut, array }) => (isCut ? [array.shape[0] ?? 0] : []));
  const slice = (from: number, count: number, withTargets: boolean): Arrays =>
    Object.fromEntries(
      inputs.flatMap(({ input, isCut, array }): [string, NumberArray][] => {
        if (input.role === "target" && !withTargets) return [];
        return [[input.name, isCut ? stepsOf(array, from, count) : array]];
      }),
    );
  return {
    steps: Math.min(...lengths) - ahead,
    at: (step) => slice(step, 1, false),
    withTargets: (step) => slice(step, 1 + ahead, true),
  };
}

function wholeArray(given: ArrayInput, name: string): NumberArray {
  const { shape, read } = readArray(given, name);
  const data = Float64Array.from(read());
  return { shape: shape ?? [data.length], data };
}

function stepsOf({ shape, data }: NumberArray, from: number, count: number): NumberArray {
  const [steps = 1, ...rest] = shape;
  const width = data.length / steps;
  return { shape: [count, ...rest], data: data.slice(from * width, (from + count) * width) };
}

/** The state before each step; of the first one, nothing. */
async function statesBefore<T>(model: Compiled<T>, { steps, at }: Parts): Promise<readonly State[]> {
  const found: State[] = [{}];
  for (let step = 0; step + 1 < steps; step++) {
    const { state } = await model.runChunk(at(step), stateAt(found, step));
    found.push(state);
  }
  return found;
}
