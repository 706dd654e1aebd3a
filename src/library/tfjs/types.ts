// Types for a model inside a program of tfjs. They are structural, and tfjs is not imported: the program has its own copy.
import type { Lengths } from "../types.ts";

/** The part of `tf.Tensor` that is used. */
export interface TfjsTensor {
  readonly dataId: object;
  readonly shape: number[];
  readonly dtype: string;
  readonly isDisposed: boolean;
  /** Whether it outlives the scope in which it was created. */
  kept: boolean;
  clone(): this;
  dispose(): void;
  dataSync(): ArrayLike<number>;
}

/** The part of the module `tf` that is used. `T` is its `Tensor`, `V` its `Variable`. */
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

/** Arguments of a kernel that are not tensors. */
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
  /** The lengths of the examples, `[B]`, by the names of inputs; as in `run`. */
  readonly lengths?: Lengths;
  /** Whether dropout is active. Default: false. */
  readonly training?: boolean;
}

/**
 * A cell or model as a function of tensors inside a program of tfjs, on the current backend of tfjs. On `wasm` it runs as the target `wasm`,
 * on one thread, in the memory of tfjs; on the others as kernels of tfjs. `tf.grad`, `tf.variableGrads` and `optimizer.minimize` work by
 * inputs and by weights; gradients of gradients do not.
 */
export interface TfjsLayer<T extends TfjsTensor, V extends T> {
  /**
   * Runs whole sequences: tensors `[B, T, …]` by the names of inputs, float32, or int32 for tokens. They stay the caller's. Returns the
   * results of `run`, `[B, T, …]`: a cell's `output` and last states `state.NAME`, a model's values `y` or `y.logits`. Throws a UserError
   * for wrong tensors.
   */
  apply(inputs: Tensors<T>, options?: ApplyOptions<T>): Tensors<T>;
  /**
   * The weights as variables by name, which `apply` reads and optimizers of tfjs train. They start with the weights that the model has when
   * the layer is created. If a size is not known, the first `apply` creates them; before that, this throws a UserError that names the size.
   * `model.setWeights(layer.variables())` copies them to the model.
   */
  variables(): Tensors<V>;
  /** Frees the variables and its other memory in tfjs. */
  dispose(): void;
}
