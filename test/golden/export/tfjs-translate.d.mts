// translate of a test. Generated: do not edit.
import type { Scalar, Tensor, Variable } from "@tensorflow/tfjs";

/** What `run` takes: batch first. */
export interface Inputs {
  /** `[B, T_source]` of int32 */
  readonly "source": Tensor;
  /** `[B, T_output]` of int32 */
  readonly "output": Tensor;
}

/** The steps of each example; all steps by default. */
export interface Lengths {
  readonly "source"?: Tensor | ArrayLike<number>;
  readonly "output"?: Tensor | ArrayLike<number>;
}

/** What a call goes on from: the results of an earlier one have it. */
export interface State {
}

/** What `run` returns. */
export interface Results {
  /** `[B, T_output, 7]` */
  readonly "output.logits": Tensor;
}

/** What `loss` takes: inputs and targets. */
export interface LossInputs {
  /** `[B, T_source]` of int32 */
  readonly "source": Tensor;
  /** `[B, T_output]` of int32 */
  readonly "output": Tensor;
}

/** The steps of each example; all steps by default. */
export interface LossLengths {
  readonly "source"?: Tensor | ArrayLike<number>;
  readonly "output"?: Tensor | ArrayLike<number>;
}

/** The weights by their names in the spec. */
export interface Weights {
  /** `[5, 2]` */
  readonly "enc.embed.table": Variable;
  /** `[3, 2]` */
  readonly "enc.forward.r.x": Variable;
  /** `[3, 3]` */
  readonly "enc.forward.r.h": Variable;
  /** `[3]` */
  readonly "enc.forward.r.b": Variable;
  /** `[3, 2]` */
  readonly "enc.forward.z.x": Variable;
  /** `[3, 3]` */
  readonly "enc.forward.z.h": Variable;
  /** `[3]` */
  readonly "enc.forward.z.b": Variable;
  /** `[3, 3]` */
  readonly "enc.forward.u.h": Variable;
  /** `[3]` */
  readonly "enc.forward.u.b": Variable;
  /** `[3, 2]` */
  readonly "enc.forward.n.x": Variable;
  /** `[3]` */
  readonly "enc.forward.n.b": Variable;
  /** `[3, 2]` */
  readonly "enc.backward.r.x": Variable;
  /** `[3, 3]` */
  readonly "enc.backward.r.h": Variable;
  /** `[3]` */
  readonly "enc.backward.r.b": Variable;
  /** `[3, 2]` */
  readonly "enc.backward.z.x": Variable;
  /** `[3, 3]` */
  readonly "enc.backward.z.h": Variable;
  /** `[3]` */
  readonly "enc.backward.z.b": Variable;
  /** `[3, 3]` */
  readonly "enc.backward.u.h": Variable;
  /** `[3]` */
  readonly "enc.backward.u.b": Variable;
  /** `[3, 2]` */
  readonly "enc.backward.n.x": Variable;
  /** `[3]` */
  readonly "enc.backward.n.b": Variable;
  /** `[7, 2]` */
  readonly "dec.embed.table": Variable;
  /** `[3, 6]` */
  readonly "dec.linear.arg1": Variable;
  /** `[3]` */
  readonly "dec.linear.b": Variable;
  /** `[6, 3]` */
  readonly "dec.W": Variable;
  /** `[3, 8]` */
  readonly "dec.h.r.x": Variable;
  /** `[3, 3]` */
  readonly "dec.h.r.h": Variable;
  /** `[3]` */
  readonly "dec.h.r.b": Variable;
  /** `[3, 8]` */
  readonly "dec.h.z.x": Variable;
  /** `[3, 3]` */
  readonly "dec.h.z.h": Variable;
  /** `[3]` */
  readonly "dec.h.z.b": Variable;
  /** `[3, 3]` */
  readonly "dec.h.u.h": Variable;
  /** `[3]` */
  readonly "dec.h.u.b": Variable;
  /** `[3, 8]` */
  readonly "dec.h.n.x": Variable;
  /** `[3]` */
  readonly "dec.h.n.b": Variable;
  /** `[7, 3]` */
  readonly "output.dec": Variable;
  /** `[7]` */
  readonly "output.b": Variable;
}

/** The model as functions of tensors, on the backend of tfjs that is current. */
export interface Model {
  readonly name: string;
  /** Whole sequences. The tensors that it returns are the caller's, who disposes of them. */
  run(inputs: Inputs, options?: { readonly lengths?: Lengths }): Results;
  /** The loss of the spec, to differentiate. */
  loss(inputs: LossInputs, options?: { readonly lengths?: LossLengths }): Scalar;
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
