// What a module of the format `tfjs` computes: results, the loss and gradients, for tests in Node and in pages.
import * as tf from "@tensorflow/tfjs";
import type { Given } from "../../src/export/tfjs/runtime/arguments.ts";
import type { Arrays } from "../../src/export/tfjs/runtime/description.ts";
import type { Model } from "../../src/export/tfjs/runtime/model.ts";

export interface AskedArray {
  readonly isInt: boolean;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Named {
  readonly name: string;
  readonly array: AskedArray;
}

interface NamedForRun extends Named {
  /** Whether `run` takes it; the loss takes all. */
  readonly inRun: boolean;
}

/** Plain data, which pages are sent. */
export interface Asked {
  readonly inputs: readonly (NamedForRun & { readonly argument: string })[];
  readonly lengths: readonly NamedForRun[];
  readonly state: readonly Named[];
  /** By the names of results. */
  readonly cotangents: readonly Named[];
  readonly hasLoss: boolean;
  /** What the gradient is taken by: `weight.NAME`, `arg.NAME`, `state.NAME`. */
  readonly gradients: readonly string[];
}

function tensorOf({ array: { isInt, shape, data } }: Named): tf.Tensor {
  return isInt
    ? tf.tensor(Int32Array.from(data), [...shape], "int32")
    : tf.tensor(Float32Array.from(data), [...shape], "float32");
}

/** Not by `tf.addN`: its kernel on `webgpu` takes at most seven tensors, and spoils what is computed beside it. */
function sumOf(terms: readonly tf.Tensor[]): tf.Tensor {
  return terms.reduce((sum, each) => tf.add(sum, each), tf.scalar(0));
}

/** The results by the names `output.…`, `final.…`, `loss` and `grad.…`, which are the caller's. */
export function resultsOf(model: Pick<Model, "run" | "loss" | "variables">, asked: Asked): Map<string, tf.Tensor> {
  const tensorsOf = (all: readonly Named[]): Map<Named, tf.Tensor> =>
    new Map(all.map((each) => [each, tensorOf(each)]));
  const given = tensorsOf([...asked.inputs, ...asked.lengths, ...asked.state, ...asked.cotangents]);
  const pick = (all: readonly Named[]): Arrays =>
    Object.fromEntries(all.flatMap((each) => [[each.name, given.get(each) ?? tf.scalar(NaN)]]));
  const state = asked.state.length === 0 ? {} : { state: pick(asked.state) };
  const options: Given = { ...state, lengths: pick(asked.lengths.filter(({ inRun }) => inRun)) };
  const run = (): Arrays => model.run(pick(asked.inputs.filter(({ inRun }) => inRun)), options);
  const loss = (): tf.Tensor => model.loss(pick(asked.inputs), { ...state, lengths: pick(asked.lengths) });
  const scalar = (): tf.Tensor => {
    if (asked.hasLoss) return loss();
    const results = run();
    return sumOf(asked.cotangents.map((each) => tf.sum(tf.mul(results[each.name] ?? NaN, given.get(each) ?? NaN))));
  };
  const moved = new Map<string, tf.Tensor>([
    ...Object.entries(model.variables()).map(([name, each]) => [`weight.${name}`, each] as const),
    ...asked.inputs.map((each) => [`arg.${each.argument}`, given.get(each) ?? tf.scalar(NaN)] as const),
    ...asked.state.map((each) => [each.name, given.get(each) ?? tf.scalar(NaN)] as const),
  ]);
  const found = new Map(
    Object.entries(run()).map(([name, tensor]) => [
      name.startsWith("state.") ? `final.${name.slice("state.".length)}` : `output.${name}`,
      tensor,
    ]),
  );
  if (asked.hasLoss) found.set("loss", scalar());
  for (const [name, gradient] of gradientsOf(scalar, moved, asked.gradients)) found.set(`grad.${name}`, gradient);
  tf.dispose([...given.values()]);
  return found;
}

function gradientsOf(
  scalar: () => tf.Tensor,
  moved: ReadonlyMap<string, tf.Tensor>,
  names: readonly string[],
): readonly (readonly [string, tf.Tensor])[] {
  const by = names.map((name) => moved.get(name) ?? tf.scalar(NaN));
  if (by.length === 0) return [];
  // What a loss does not depend on has a gradient of 0, which tfjs refuses to compute.
  const gradients = tf.grads((...tensors: tf.Tensor[]) =>
    sumOf([scalar(), ...tensors.map((each) => tf.mul(tf.sum(each), 0))]).asScalar(),
  )(by);
  return names.map((name, place) => [name, gradients[place] ?? tf.scalar(NaN)] as const);
}
