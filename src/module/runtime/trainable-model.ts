// A compiled model that can train: its weights are read, replaced and updated where they are, so that all that runs uses them at once.
import { UserError } from "../../base/diagnostic.ts";
import { writeSafetensors } from "../../checkpoint/write-safetensors.ts";
import { countOf } from "../../ops/nd.ts";
import type { TrainingDescription } from "../description.ts";
import type { DrawNumbers } from "../../train/sampling.ts";
import { readArray, type ArrayInput, type NumberArray } from "./arrays.ts";
import type { ModelParts } from "./model.ts";
import { Trainer } from "./trainer.ts";
import type { TrainerOptions } from "./training-types.ts";
import { WritingModel } from "./writing-model.ts";

export class TrainableModel extends WritingModel {
  readonly #parts: ModelParts;
  readonly #training: TrainingDescription;

  constructor(parts: ModelParts, training: TrainingDescription, drawNumbers?: DrawNumbers) {
    super(parts, drawNumbers);
    this.#parts = parts;
    this.#training = training;
  }

  /** A trainer of the weights. Throws a UserError for options that do not fit. */
  trainer(options: TrainerOptions = {}): Trainer {
    return new Trainer(this.#parts, this.#training, (inputs) => this.gather(inputs, () => true, false), options);
  }

  /** Copies of the weights by name. */
  weights(): Readonly<Record<string, NumberArray & { readonly data: Float32Array }>> {
    return Object.fromEntries(
      this.#training.weights.map((name, weight) => [
        name,
        { shape: this.#shape(weight), data: this.#numbers(weight).slice() },
      ]),
    );
  }

  /** The weights as the bytes of a safetensors file, which `recurra compile --weights` and other systems read. */
  safetensors(): Uint8Array {
    const tensors = Object.entries(this.weights()).map(
      ([name, { shape, data }]) => [name, { dtype: "F32", shape, data }] as const,
    );
    return writeSafetensors({ tensors: new Map(tensors), metadata: {} });
  }

  /** Replaces some or all weights. Throws a UserError, and replaces none, if one does not fit. */
  setWeights(weights: Readonly<Record<string, ArrayInput>>): void {
    const given = Object.entries(weights).map(([name, value]) => {
      const weight = this.#training.weights.indexOf(name);
      if (weight < 0)
        throw new UserError(`\`${this.name}\` has no weight \`${name}\`, but ${this.#training.weights.join(", ")}`);
      const { shape, data } = readArray(value, name);
      const own = this.#shape(weight);
      if ((shape ?? own).join() !== own.join() || data.length !== countOf(own))
        throw new UserError(
          `the weight \`${name}\` is [${own.join(", ")}], but ${data.length} numbers in another shape were given`,
        );
      if (!data.every((each) => Number.isFinite(Math.fround(each))))
        throw new UserError(`the weight \`${name}\` takes finite numbers`);
      return { weight, data };
    });
    for (const { weight, data } of given) this.#numbers(weight).set(data);
    this.#parts.machine.changes += 1;
  }

  #shape(weight: number): readonly number[] {
    return this.#parts.description.weights[weight] ?? [];
  }

  /** The memory itself. */
  #numbers(weight: number): Float32Array {
    const address = this.#parts.weight({ kind: "weight", weight }) ?? 0;
    return this.#parts.machine.floats(address, countOf(this.#shape(weight)));
  }
}
