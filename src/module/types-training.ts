// The types of what a module with training has besides: its trainer, and its weights by name.
import type { TrainingDescription } from "./description.ts";
import { interfaceOf } from "./interfaces.ts";

const TRAINING = `export interface TrainerOptions {
  /** Another learning rate than that of the spec; all other settings are compiled. */
  readonly optimizer?: { readonly lr?: number };
  /** Decides the numbers of dropout. */
  readonly seed?: number;
  /** Whether each batch is the next chunk of longer sequences, and begins with the last states of the batch before. Default: false. */
  readonly carriesState?: boolean;
  /** An update every \`steps\` steps, with gradients through as many. Default: one update through whole sequences. */
  readonly steps?: number;
}

export interface UpdateOptions {
  readonly lengths?: Readonly<Record<string, ArrayLike<number>>>;
  /** With \`carriesState\`: whether the batch starts new sequences. Default: true for the first update only. */
  readonly isFresh?: boolean;
  /** Scales the learning rate, as a schedule does. Default: 1. */
  readonly rate?: number;
}

export interface Updated {
  /** The loss of the batch before the update: the mean over all steps that are not padding. */
  readonly loss: number;
  /** The norm of the whole gradient, before it was clipped to a norm. */
  readonly norm: number;
}

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
    TRAINING,
  ].join("\n");
}
