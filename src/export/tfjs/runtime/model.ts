// A model as functions of tensors, on whichever backend is current, and its weights as variables.
import * as tf from "@tensorflow/tfjs";
import { argumentsOf, type Given } from "./arguments.ts";
import type { Arrays, Description, FunctionDescription } from "./description.ts";
import { readArrays, writeArrays } from "./safetensors.ts";

export interface LoadOptions {
  /** A safetensors file of other weights. */
  readonly weights?: Uint8Array | ArrayBuffer;
}

export class Model {
  readonly name: string;
  readonly #description: Description;
  readonly #variables: Record<string, tf.Variable>;
  #isDisposed = false;

  constructor(description: Description, weights: Readonly<Record<string, Float32Array>>) {
    this.name = description.name;
    this.#description = description;
    this.#variables = tf.tidy(() =>
      Object.fromEntries(
        Object.entries(description.weights).map(([name, shape]) => {
          const initial = tf.tensor(weights[name] ?? [], [...shape], "float32");
          return [name, tf.variable(initial, !description.frozen.includes(name))];
        }),
      ),
    );
  }

  /** Whole sequences. The tensors that it returns are the caller's, who disposes of them. */
  run(inputs: Arrays, given: Given = {}): Arrays {
    return tf.tidy(() => this.#call(this.#description.run, inputs, given));
  }

  /** One step: inputs without a time, and what the step before returned, whether it has states or not. */
  step(inputs: Arrays, state: Arrays | null = null): Arrays {
    const { step, name } = this.#description;
    if (step === null) throw new Error(`${name} has no steps: something in it needs whole sequences`);
    return tf.tidy(() => {
      const isTimed = (each: string): boolean =>
        step.inputs.some((input) => input.name === each && input.time === step.time);
      const timed = Object.entries(inputs).map(([each, tensor]) => {
        return [each, isTimed(each) && tensor instanceof tf.Tensor ? tf.expandDims(tensor, 1) : tensor] as const;
      });
      return this.#call(step, Object.fromEntries(timed), { state: step.states.length === 0 ? null : state });
    });
  }

  /** The loss of the spec, a scalar to differentiate. */
  loss(inputs: Arrays, given: Given = {}): tf.Tensor {
    const { loss, name } = this.#description;
    if (loss === null) throw new Error(`${name} has no loss: nothing is predicted`);
    return tf.tidy(() => this.#call(loss, inputs, given)["loss"] ?? tf.scalar(NaN));
  }

  #call(description: FunctionDescription, inputs: Arrays, given: Given): Record<string, tf.Tensor> {
    if (this.#isDisposed) throw new Error(`${this.name} was disposed of`);
    return description.call(this.#variables, ...argumentsOf(description, inputs, given));
  }

  /** The weights by their names in the spec, which optimizers of tfjs change. */
  variables(): Readonly<Record<string, tf.Variable>> {
    return { ...this.#variables };
  }

  /** Takes the values of tensors by names; other weights stay as they are. */
  setWeights(weights: Arrays): void {
    for (const [name, value] of Object.entries(weights)) {
      const shape = this.#description.weights[name];
      if (shape === undefined) throw new Error(`${this.name} has no weight ${name}`);
      if (!(value instanceof tf.Tensor) || value.shape.join() !== shape.join() || value.dtype !== "float32")
        throw new Error(`${name} must be a tensor [${shape.join(", ")}] of float32`);
    }
    for (const [name, value] of Object.entries(weights)) this.#variables[name]?.assign(value);
  }

  /** The weights as a safetensors file. */
  async safetensors(): Promise<Uint8Array> {
    const values = Object.entries(this.#variables).map(async ([name, each]) => [name, await each.data()] as const);
    return writeArrays(this.#description.weights, Object.fromEntries(await Promise.all(values)));
  }

  /** Frees the weights. */
  dispose(): void {
    this.#isDisposed = true;
    tf.dispose(this.#variables);
  }
}

/** Waits for tfjs, and reads the weights. Rejects where they do not fit. */
export async function loadModel(description: Description, { weights }: LoadOptions = {}): Promise<Model> {
  await tf.ready();
  const bytes = weights === undefined ? await storedBytes(description) : new Uint8Array(weights);
  return new Model(description, readArrays(bytes, description.weights));
}

async function storedBytes({ stored, file }: Description): Promise<Uint8Array> {
  if (stored !== null) return Uint8Array.from(atob(stored), (character) => character.charCodeAt(0));
  if (file === null) return new Uint8Array(0);
  const isNode = file.protocol === "file:" && typeof process === "object";
  const fs = isNode ? process.getBuiltinModule?.("node:fs") : undefined;
  if (fs !== undefined) return new Uint8Array(fs.readFileSync(file));
  const response = await fetch(file);
  if (!response.ok) throw new Error(`the weights could not be read: ${file.href} (${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}
