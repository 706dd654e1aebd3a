// What a function of a model is called with: checked against the spec before anything is computed.
import * as tf from "@tensorflow/tfjs";
import { asFloat } from "./arrays.ts";
import type { Argument, ArrayDescription, Arrays, FunctionDescription } from "./description.ts";

export type Lengths = Readonly<Record<string, tf.Tensor | ArrayLike<number>>>;

export interface Given {
  readonly lengths?: Lengths;
  /** What an earlier call returned. */
  readonly state?: Arrays | null;
}

/** Sizes that inputs have shown, by their names. */
type Sizes = Map<string, number>;

/** The arguments of a function, in its order. */
export function argumentsOf(
  { inputs, lengths, states }: FunctionDescription,
  tensors: Arrays,
  { lengths: steps = {}, state }: Given,
): Argument[] {
  refuseUnknown(
    "input",
    Object.keys(Object(tensors)),
    inputs.map(({ name }) => name),
  );
  refuseUnknown("lengths", Object.keys(steps), lengths);
  const sizes: Sizes = new Map();
  const data = inputs.map((input) => checked(input, tensors[input.name], sizes));
  const counts = lengths.map((of) => {
    const time = inputs.find(({ name }) => name === of)?.time ?? "T";
    return lengthsOf(of, steps[of], sizes.get("B") ?? 1, sizes.get(time) ?? 1);
  });
  if (states.length === 0 && state == null) return [...data, ...counts];
  if (states.length === 0) throw new Error("it goes on from no state: it begins anew with each call");
  const own =
    state == null
      ? undefined
      : Object.fromEntries(states.map((each) => [each.key, checked(each, state[each.name], sizes)]));
  return [...data, ...counts, own];
}

function refuseUnknown(kind: string, given: readonly string[], known: readonly string[]): void {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(`there is no ${kind} ${unknown}; ${known.length === 0 ? "none is taken" : known.join(", ")}`);
}

function checked({ name, shape, dtype }: ArrayDescription, given: unknown, sizes: Sizes): tf.Tensor {
  const expected = `${name} must be a tensor [${shape.join(", ")}] of ${dtype}`;
  if (!(given instanceof tf.Tensor)) throw new Error(expected);
  const found = `${expected}, but it is [${given.shape.join(", ")}] of ${given.dtype}`;
  if (given.dtype !== dtype || given.shape.length !== shape.length) throw new Error(found);
  shape.forEach((size, axis) => {
    const own = given.shape[axis] ?? 0;
    const known = typeof size === "number" ? size : sizes.get(size);
    if (known !== undefined && known !== own)
      throw new Error(typeof size === "number" ? found : `${found}; ${size} is ${known} elsewhere`);
    if (own === 0) throw new Error(`${name} has no elements: its shape is [${given.shape.join(", ")}]`);
    if (typeof size === "string" && /^\w+$/.test(size)) sizes.set(size, own);
  });
  return dtype === "float32" ? asFloat(given) : given;
}

/** [B] int32; undefined where all examples have all steps. */
function lengthsOf(
  name: string,
  given: tf.Tensor | ArrayLike<number> | undefined,
  batch: number,
  steps: number,
): tf.Tensor | undefined {
  if (given === undefined) return undefined;
  const expected = `lengths of ${name} must be ${batch} whole numbers from 0 to ${steps}`;
  if (given instanceof tf.Tensor) {
    if (given.shape.length !== 1 || given.shape[0] !== batch) throw new Error(expected);
    return tf.cast(given, "int32");
  }
  const numbers = Array.from(given);
  const isLength = (each: number): boolean => Number.isInteger(each) && each >= 0 && each <= steps;
  if (numbers.length !== batch || !numbers.every(isLength)) throw new Error(expected);
  return tf.tensor1d(numbers, "int32");
}
