// Arrays of a file that another system has written, and parts of them. Nothing is read before a part is needed.
import type { OperatorName } from "../../onnx/cells.ts";
import { transposed } from "../onnx/value.ts";

/** An array of the file. */
export interface TheirTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether it has whole numbers, which no weight has: it may be left without a place. */
  readonly isCount?: boolean;
  /** Row-major. */
  readonly read: () => Float32Array;
}

/** A part of an array, or of its transpose. */
export interface Block {
  readonly of: TheirTensor;
  readonly shape: readonly number[];
  readonly read: () => Float32Array;
  /** What it is the transpose of. */
  readonly turned?: Block;
}

/** What is done once, however often it is asked for. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export function whole(tensor: TheirTensor): Block {
  return { of: tensor, shape: tensor.shape, read: tensor.read };
}

/** Of a matrix: its rows become columns. */
export function transposedBlock(block: Block): Block {
  if (block.turned !== undefined) return block.turned;
  const { of, shape, read } = block;
  const [rows = 0, columns = 0] = shape;
  const turned = once(() => transposed(read(), rows, columns));
  return { of, shape: [columns, rows], read: turned, turned: block };
}

/** Rows `from` to `to - 1`, which exist. */
export function rowsOf({ of, shape, read }: Block, from: number, to: number): Block {
  const [, ...rest] = shape;
  const width = sizeOf(rest);
  return { of, shape: [to - from, ...rest], read: () => read().subarray(from * width, to * width) };
}

/** One of equal parts along the first axis. */
export function partOf(block: Block, index: number, count: number): Block {
  const rows = (block.shape[0] ?? 0) / count;
  return rowsOf(block, index * rows, (index + 1) * rows);
}

/** The first axis, which has one element or is one of several, goes. */
export function elementOf(block: Block, index: number): Block {
  const row = rowsOf(block, index, index + 1);
  return { ...row, shape: row.shape.slice(1) };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function isZero(block: Block): boolean {
  return block.read().every((value) => value === 0);
}

/** What is placed as one: its key orders it among others of its label. */
export interface Layer {
  /** The name by which a person knows it, and by which it can be mapped: `encoder.rnn`, `lstm_1`. */
  readonly label: string;
  /** The label with the number of the layer. */
  readonly key: string;
}

/** The weights of one direction of an LSTM, GRU or RNN, by the gates of `src/onnx/cells.ts`. */
export interface TheirLoop {
  readonly operator: OperatorName;
  /** `[H, I]` */
  readonly x: ReadonlyMap<string, Block>;
  /** `[H, H]`, or `[H, P]` with a projection */
  readonly h: ReadonlyMap<string, Block>;
  /** `[H]`, beside the product with x and beside that with h; empty where there is none. */
  readonly biases: { readonly x: ReadonlyMap<string, Block>; readonly h: ReadonlyMap<string, Block> };
  /** `[H]`, by the names of `cellText`: pi, pf, po. */
  readonly peepholes: ReadonlyMap<string, Block>;
  /** `[P, H]` */
  readonly projection: Block | undefined;
  /** Of a GRU: whether the reset gate comes after the product; undefined where the weights do not show it. */
  readonly resetsAfter: boolean | undefined;
  /** The functions and the clip, where the file says them. */
  readonly functions: { readonly activations: readonly string[]; readonly clip: number | undefined } | undefined;
}

/** A layer of loops, with one or both directions. */
export interface TheirLoops extends Layer {
  readonly kind: "loops";
  readonly forward: TheirLoop | undefined;
  readonly backward: TheirLoop | undefined;
}

/** A matrix with or without a bias. */
export interface TheirMatrix extends Layer {
  readonly kind: "matrix";
  /** `[out, in]` of a linear layer, `[V, E]` of a table. */
  readonly weight: Block;
  readonly bias: Block | undefined;
  /** Whether it is a linear layer or a table; both where the file does not say. */
  readonly as: "linear" | "table" | "either";
}

export type TheirLayer = TheirLoops | TheirMatrix;

/** A file as it was read. */
export interface TheirFile {
  readonly tensors: readonly TheirTensor[];
  readonly layers: readonly TheirLayer[];
}

/** The arrays that a layer is made of. */
export function tensorsIn(layer: TheirLayer): readonly TheirTensor[] {
  const blocks =
    layer.kind === "matrix"
      ? [layer.weight, layer.bias]
      : [layer.forward, layer.backward].flatMap((loop) => (loop === undefined ? [] : blocksIn(loop)));
  return [...new Set(blocks.flatMap((block) => (block === undefined ? [] : [block.of])))];
}

function blocksIn({ x, h, biases, peepholes, projection }: TheirLoop): readonly Block[] {
  const all = [x, h, biases.x, biases.h, peepholes].flatMap((each) => [...each.values()]);
  return projection === undefined ? all : [...all, projection];
}

/** Numbers within names in the order of their values: `lstm_2` before `lstm_10`. */
export function inNaturalOrder<T extends { readonly key: string }>(layers: Iterable<T>): readonly T[] {
  return [...layers].toSorted((a, b) => ORDER.compare(a.key, b.key) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

const ORDER = new Intl.Collator("en", { numeric: true });
