// The types of what a module with training has besides: its trainer, and its weights by name.
import type { TrainingDescription } from "./description.ts";
import { interfaceOf } from "./interfaces.ts";
import { TRAINING_TYPES } from "./runtime.generated.ts";

const TRAINING = `/** Numbers in nested arrays, with \`null\` in the place of a target that is missing. */
export type PartlyKnown = number | null | ArrayLike<number> | readonly PartlyKnown[];

export interface Trainer {
  /** One update from inputs and targets. Throws, and changes nothing, where the loss or the gradient is not finite. */
  update(inputs: TrainingInputs, options?: UpdateOptions): Updated;
  /** The number of updates that it has made. */
  readonly updates: number;
}

export interface Model {
  /** Trains the weights of this model. What runs, steps and writes uses them after each update. */
  trainer(options?: TrainerOptions): Trainer;
  /** Copies of the weights. */
  weights(): Weights;
  /** Replaces some or all weights. */
  setWeights(weights: Readonly<Partial<Record<keyof Weights, ArrayInput>>>): void;
  /** The weights as a file that \`recurra compile --weights\` reads. */
  safetensors(): Uint8Array;
}
`;

/** `fields`: a line for each input and target. */
export function typesOfTraining({ weights }: TrainingDescription, fields: readonly string[]): string {
  return [
    interfaceOf(
      "TrainingInputs",
      "Inputs and targets: one example, or a batch with an axis of examples first.",
      fields,
    ),
    interfaceOf(
      "Weights",
      "Weights by name.",
      weights.map((name) => `  readonly ${JSON.stringify(name)}: NumberArray;`),
    ),
    TRAINING_TYPES,
    TRAINING,
  ].join("\n");
}
