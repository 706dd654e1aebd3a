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
  /**
   * By t, then by k = 0 … t: ∂L[t]/∂s[t] (Π ∂s[j]/∂s[j-1] for j = k + 1 … t) ∂s[k]/∂W, in the shape of the weight. Of a model with one loss
   * for the sequence, one list: by k, what the use of the weight at step k adds.
   */
  readonly terms: readonly (readonly NumberArray[])[];
}

export interface GradientTerms {
  /** The loss at each step, or that of the sequence. */
  readonly losses: readonly number[];
  /** Whether there is one loss for the sequence. */
  readonly isOfSequence: boolean;
  readonly weights: readonly WeightTerms[];
}

/**
 * For one example, `[T, …]` by name with its targets. The gradient of the model's loss is the sum of all terms, divided by the number of steps
 * if there is a loss at each of them. Rejects with a UserError for a model without a loss, and for one that cannot be fed step by step.
 */
export async function gradientTerms(model: CompiledModel, arrays: Arrays): Promise<GradientTerms> {
  if (!(model instanceof Compiled)) throw new UserError("the first argument is not a compiled model");
  const parts = partsOf(model, arrays);
  const before = await statesBefore(model, parts);
  if (parts.isOfSequence) return termsOfSequence(model, parts, before);
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
  return { losses, isOfSequence: false, weights: [...found].map(([name, terms]) => ({ name, terms })) };
}

/**
 * If the state before step k is given, the gradient is that of the uses at step k and later. So its difference from that of step k + 1 is the
 * term of step k. What is read once, after the last step, is a use at the last step.
 */
async function termsOfSequence<T>(
  model: Compiled<T>,
  { steps, from }: Parts,
  before: readonly State[],
): Promise<GradientTerms> {
  const found = new Map<string, NumberArray[]>(model.parameters.map(({ name }) => [name, []]));
  let later: ReadonlyMap<string, NumberArray> = new Map();
  let loss = NaN;
  for (let k = steps - 1; k >= 0; k--) {
    const whole = await model.gradients(from(k), stateAt(before, k));
    ({ loss } = whole);
    for (const [name, terms] of found) {
      const { shape, data } = whole.weights.get(name) ?? fail("terms", `no gradient of ${name}`);
      const after = later.get(name)?.data;
      terms.unshift({ shape, data: Float64Array.from(data, (value, index) => value - (after?.[index] ?? 0)) });
    }
    later = whole.weights;
  }
  const weights = [...found].map(([name, terms]) => ({ name, terms: [terms] }));
  return { losses: [loss], isOfSequence: true, weights };
}

/** The first step begins as the spec says. */
function stateAt(before: readonly State[], step: number): { readonly state?: State } {
  const state = before[step];
  return state === undefined || step === 0 ? {} : { state };
}

interface Parts {
  readonly steps: number;
  /** Whether no target comes with each step. */
  readonly isOfSequence: boolean;
  /** All from a step on, with the targets. */
  readonly from: (step: number) => Arrays;
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
  const steps = Math.min(...lengths) - ahead;
  return {
    steps,
    isOfSequence: ahead === 0 && !inputs.some(({ input, isCut }) => isCut && input.role === "target"),
    from: (step) => slice(step, steps - step, true),
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
