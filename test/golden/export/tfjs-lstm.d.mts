// lstm of a test. Generated: do not edit.
import type { Scalar, Tensor, Variable } from "@tensorflow/tfjs";

/** What `run` takes: batch first. */
export interface Inputs {
  /** `[B, T, 2]` */
  readonly "x": Tensor;
}

/** The steps of each example; all steps by default. */
export interface Lengths {
  readonly "x"?: Tensor | ArrayLike<number>;
}

/** What a call goes on from: the results of an earlier one have it. */
export interface State {
  /** `[B, 3]` */
  readonly "state.h": Tensor;
  /** `[B, 3]` */
  readonly "state.c": Tensor;
}

/** What `run` returns. */
export interface Results {
  /** `[B, T, 3]` */
  readonly "output": Tensor;
  /** `[B, 3]` */
  readonly "state.h": Tensor;
  /** `[B, 3]` */
  readonly "state.c": Tensor;
}

/** What `step` takes: inputs of the time without it. */
export interface StepInputs {
  /** `[B, 2]` */
  readonly "x": Tensor;
}

/** What a step goes on from. */
export interface StepState {
  /** `[B, 3]` */
  readonly "state.h": Tensor;
  /** `[B, 3]` */
  readonly "state.c": Tensor;
}

/** What `step` returns. */
export interface StepResults {
  /** `[B, 3]` */
  readonly "output": Tensor;
  /** `[B, 3]` */
  readonly "state.h": Tensor;
  /** `[B, 3]` */
  readonly "state.c": Tensor;
}

/** The weights by their names in the spec. */
export interface Weights {
  /** `[3, 2]` */
  readonly "f.x": Variable;
  /** `[3, 3]` */
  readonly "f.h": Variable;
  /** `[3]` */
  readonly "f.b": Variable;
  /** `[3, 2]` */
  readonly "i.x": Variable;
  /** `[3, 3]` */
  readonly "i.h": Variable;
  /** `[3]` */
  readonly "i.b": Variable;
  /** `[3, 2]` */
  readonly "g.x": Variable;
  /** `[3, 3]` */
  readonly "g.h": Variable;
  /** `[3]` */
  readonly "g.b": Variable;
  /** `[3, 2]` */
  readonly "o.x": Variable;
  /** `[3, 3]` */
  readonly "o.h": Variable;
  /** `[3]` */
  readonly "o.b": Variable;
}

/** The model as functions of tensors, on the backend of tfjs that is current. */
export interface Model {
  readonly name: string;
  /** Whole sequences. The tensors that it returns are the caller's, who disposes of them. */
  run(inputs: Inputs, options?: { readonly lengths?: Lengths; readonly state?: State | null }): Results;
  /** One step, which goes on from what the step before returned. */
  step(inputs: StepInputs, state?: StepState | null): StepResults;
  /** The weights as variables, which optimizers of tfjs change. */
  variables(): Weights;
  /** Takes the values of tensors by names; other weights stay as they are. */
  setWeights(weights: { readonly [N in keyof Weights]?: Tensor }): void;
  /** The weights as a safetensors file. */
  safetensors(): Promise<Uint8Array>;
  /** Frees the weights. */
  dispose(): void;
}

/** Waits for tfjs, and reads the weights: those of the model, or those of a safetensors file. */
export function load(options?: { readonly weights?: Uint8Array | ArrayBuffer }): Promise<Model>;
