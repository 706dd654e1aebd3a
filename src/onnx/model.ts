// An ONNX model as data: the messages of onnx.proto that RNN models need, with the same names of operators and attributes.

/** The element types that are written and read, by their numbers in `TensorProto.DataType`. */
export const ELEMENT_TYPES = { float: 1, int32: 6, int64: 7, bool: 9, double: 11 } as const;

export type ElementType = keyof typeof ELEMENT_TYPES;

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float: 4,
  int32: 4,
  int64: 8,
  bool: 1,
  double: 8,
};

/** A part of a file beside the model: where the data of a tensor are, in bytes. */
export interface ExternalData {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Row-major, little-endian. */
  readonly data: Uint8Array | ExternalData;
}

export type OnnxAttribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: OnnxTensor }
  | { readonly kind: "graph"; readonly value: OnnxGraph };

export type OnnxAttributes = ReadonlyMap<string, OnnxAttribute>;

export interface OnnxNode {
  readonly operator: string;
  readonly name: string;
  /** An input that is left out is an empty text. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
}

/** An input or output of a graph. */
export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  /** A size is a number or a name; null where the file does not say how many axes there are. */
  readonly shape: readonly (number | string)[] | null;
  readonly doc: string;
}

export interface OnnxGraph {
  readonly name: string;
  /** Each after the nodes whose results it reads. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxModel {
  /** The version of the default operator set. */
  readonly opset: number;
  readonly producer: string;
  readonly doc: string;
  readonly graph: OnnxGraph;
}
