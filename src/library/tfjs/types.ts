// What a model is inside a program of tfjs. tfjs itself is not imported, and its types are told by their shape only: the program around a
// model has its own copy.
import type { Lengths } from "../types.ts";

/** What is used of a `tf.Tensor`. */
export interface TfjsTensor {
  readonly dataId: object;
  readonly shape: number[];
  readonly dtype: string;
  readonly isDisposed: boolean;
  /** Whether it outlives the scope that it was made in. */
  kept: boolean;
  clone(): this;
  dispose(): void;
  dataSync(): ArrayLike<number>;
}

/** What is used of the module `tf`; `T` is its `Tensor`, `V` its `Variable`. */
export interface Tfjs<T extends TfjsTensor, V extends T> {
  ready(): Promise<void>;
  getBackend(): string;
  tensor(values: Float32Array | Int32Array, shape: number[], dtype: "float32" | "int32"): T;
  variable(initial: T, trainable: boolean, name: string): V;
  registerKernel(kernel: TfjsKernel): void;
  unregisterKernel(kernelName: string, backendName: string): void;
  registerGradient(gradient: TfjsGradient<T>): void;
  unregisterGradient(kernelName: string): void;
  engine(): TfjsEngine<T>;
}

export interface TfjsEngine<T> {
  readonly backend: object;
  isTapeOn(): boolean;
  runKernel(kernelName: string, inputs: { [name: string]: T }, attributes: Attributes): T[];
  readonly state: { readonly activeTape: readonly { readonly kernelName: string; readonly outputs: T[] }[] | null };
}

/** What a kernel is told beside tensors. */
export interface Attributes {
  [name: string]: string | string[] | number[];
}

export interface TfjsInfo {
  dataId: object;
  shape: number[];
  dtype: "float32" | "int32" | "bool" | "string" | "complex64";
}

export interface TfjsKernel {
  kernelName: string;
  backendName: string;
  kernelFunc: (call: {
    inputs: { [name: string]: TfjsInfo | undefined };
    backend: object;
    attrs?: object;
  }) => TfjsInfo[];
}

export interface TfjsGradient<T> {
  kernelName: string;
  inputsToSave: string[];
  outputsToSave: boolean[];
  gradFunc: (cotangents: T | T[], saved: T[], attributes: object) => { [name: string]: () => T };
}

/** Tensors by name. */
export type Tensors<T> = Readonly<Record<string, T>>;

export interface ApplyOptions<T> {
  /** The weights by name, all of them, in the shapes of `parameters`. Default: `variables()`. */
  readonly weights?: Tensors<T>;
  /** As those of `run`: for examples of different lengths, by the names of inputs, the length of each, `[B]`. */
  readonly lengths?: Lengths;
  /** Whether dropout acts. Default: false. */
  readonly training?: boolean;
}

/**
 * A cell or model as a function of tensors inside a program of tfjs, on the backend that is tfjs' current one. On `wasm` it runs as the
 * target `wasm` does, on one thread, in tfjs' own memory; on the others as tfjs' kernels. `tf.grad`, `tf.variableGrads` and
 * `optimizer.minimize` go through it, by inputs and by weights; gradients of gradients do not.
 */
export interface TfjsLayer<T extends TfjsTensor, V extends T> {
  /**
   * Runs whole sequences: tensors `[B, T, …]` by the names of inputs, float32, and int32 for tokens; they stay the caller's. Gives what
   * `run` gives, `[B, T, …]`: a cell's `output` and last states `state.NAME`, a model's values `y` or `y.logits`. Throws a UserError in
   * the words of the spec.
   */
  apply(inputs: Tensors<T>, options?: ApplyOptions<T>): Tensors<T>;
  /**
   * The weights as variables by name, as the model had them when the layer was made: what `apply` reads, and tfjs' optimizers train. They
   * are made with the layer where their sizes are known, else by the first `apply`; before that a UserError names a size that is missing.
   * `model.setWeights(layer.variables())` brings them back.
   */
  variables(): Tensors<V>;
  /** Frees the variables and what it holds in tfjs' memory. */
  dispose(): void;
}
