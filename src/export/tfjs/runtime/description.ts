// What a generated file says of its model.
import type * as tf from "@tensorflow/tfjs";

export interface ArrayDescription {
  /** As the spec calls it. */
  readonly name: string;
  /** Batch first. Sizes that a call chooses have names. */
  readonly shape: readonly (number | string)[];
  readonly dtype: "float32" | "int32";
  /** The name of its time, which is the second axis; null if it has none. */
  readonly time: string | null;
}

export interface StateDescription extends ArrayDescription {
  /** Its name for the function that takes it. */
  readonly key: string;
}

export type Arrays = Readonly<Record<string, tf.Tensor>>;
export type Argument = tf.Tensor | Arrays | undefined;

/** A function over whole sequences: its data, lengths and the state in this order. */
export interface FunctionDescription {
  readonly inputs: readonly ArrayDescription[];
  /** For each time whose lengths it reads, the input that shows it. */
  readonly lengths: readonly string[];
  /** What it goes on from, and returns; empty if it begins anew. */
  readonly states: readonly StateDescription[];
  readonly call: (w: Record<string, tf.Tensor>, ...given: Argument[]) => Record<string, tf.Tensor>;
}

export interface Description {
  readonly name: string;
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** The names of weights that are never trained. */
  readonly frozen: readonly string[];
  readonly run: FunctionDescription;
  /** One step: the inputs have a time of one step; null where something needs whole sequences. */
  readonly step: (FunctionDescription & { readonly time: string }) | null;
  /** The loss by the name \`loss\`; null where nothing is predicted. */
  readonly loss: FunctionDescription | null;
  /** The safetensors file of the weights in base64; null where it is beside the module. */
  readonly stored: string | null;
  readonly file: URL | null;
}
