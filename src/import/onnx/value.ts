// What a name of an ONNX graph stands for while it is read.
import { UserError } from "../../base/diagnostic.ts";
import type { OnnxNode, OnnxTensor } from "../../onnx/model.ts";

export type Axis = "batch" | "time" | "direction" | "feature";

/** An array that depends on inputs, with the equations of the spec that compute it. */
export interface ArrayValue {
  readonly kind: "array";
  /** The name of the equation or input; for each direction, where they are apart. */
  readonly parts: readonly string[];
  /** In ONNX's order. */
  readonly axes: readonly Axis[];
  /** The size of the axis `feature`. */
  readonly width: number;
}

export type Value =
  | ArrayValue
  | { readonly kind: "constant"; readonly tensor: OnnxTensor }
  /** An input of tokens. */
  | { readonly kind: "tokens"; readonly name: string; readonly axes: readonly Axis[] }
  /** Zeros of a shape that depends on inputs. */
  | { readonly kind: "zeros" }
  /** Computed from sizes, or lengths of examples. */
  | { readonly kind: "size" };

/** `place`: the number of the node in its graph. */
export function unsupported(node: OnnxNode, place: number, reason?: string): UserError {
  const name = node.name === "" ? (node.outputs[0] ?? "") : node.name;
  const what = reason === undefined ? `the operator ${node.operator} has no counterpart in a spec` : reason;
  return new UserError(`${what}: node ${place} of the ONNX graph, ${JSON.stringify(name)} (${node.operator})`);
}

/** The numbers of a float tensor. */
export function floatsOf({ type, data, name }: OnnxTensor): Float32Array {
  if (!(data instanceof Uint8Array))
    throw new UserError(`the data of the tensor \`${name}\` are in a file that is not there`);
  const bytes = Uint8Array.from(data).buffer;
  if (type === "float") return new Float32Array(bytes);
  if (type === "double") return Float32Array.from(new Float64Array(bytes));
  throw new UserError(`the tensor \`${name}\` of the ONNX file has elements of type ${type}, not float`);
}

/** The whole numbers of a small tensor; undefined for another one. */
export function wholeNumbersOf({ type, data, shape }: OnnxTensor): readonly number[] | undefined {
  if (!(data instanceof Uint8Array) || shape.length > 1 || data.length > 1024) return undefined;
  const bytes = Uint8Array.from(data).buffer;
  if (type === "int64") return Array.from(new BigInt64Array(bytes), Number);
  return type === "int32" ? Array.from(new Int32Array(bytes)) : undefined;
}

/** Rows of a matrix become its columns. */
export function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] ?? NaN;
  return out;
}
