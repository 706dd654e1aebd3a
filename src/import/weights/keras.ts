// Keras' names: `lstm/lstm_cell/kernel`, `bidirectional/forward_lstm/lstm_cell/recurrent_kernel`, `dense/bias`, `embedding/embeddings`.
// Matrices are `[in, out]`; the blocks of gates are i f c o of an LSTM, z r h of a GRU. A GRU with two rows of biases resets after the
// product.
import type { OperatorName } from "../../onnx/cells.ts";
import { gateBlocks } from "./gates.ts";
import {
  elementOf,
  transposedBlock,
  whole,
  type Block,
  type TheirLayer,
  type TheirLoop,
  type TheirLoops,
  type TheirTensor,
} from "./theirs.ts";

const ORDERS: Readonly<Record<OperatorName, readonly string[]>> = {
  LSTM: ["i", "f", "g", "o"],
  GRU: ["z", "r", "n"],
  RNN: ["a"],
};

/** Keras 2 ends its names with `:0`. */
const NAME = /^(.*)\/(kernel|recurrent_kernel|bias|embeddings)(?::0)?$/;
const CELL = /(?:^|_)cell(?:_\d+)?$/;
const DIRECTION = /^(forward|backward)_/;

type Parts = ReadonlyMap<string, TheirTensor>;

export function kerasLayers(tensors: readonly TheirTensor[]): readonly TheirLayer[] {
  const groups = new Map<string, Map<string, TheirTensor>>();
  for (const tensor of tensors) {
    const [, folder, what] = NAME.exec(tensor.name) ?? [];
    if (folder === undefined || what === undefined) continue;
    const group = groups.get(folder) ?? new Map<string, TheirTensor>();
    groups.set(folder, group.set(what, tensor));
  }
  const layers = new Map<string, TheirLoops>();
  const others: TheirLayer[] = [];
  for (const [folder, parts] of groups) {
    if (parts.has("recurrent_kernel")) addLoop(layers, folder, parts);
    else others.push(...matrixOf(folder, parts));
  }
  return [...layers.values(), ...others];
}

function addLoop(layers: Map<string, TheirLoops>, folder: string, parts: Parts): void {
  const loop = loopOf(parts);
  if (loop === undefined) return;
  const path = folder.split("/");
  const cell = path.length > 1 && CELL.test(path.at(-1) ?? "") ? path.pop() : undefined;
  const [, direction] = (path.length > 1 && DIRECTION.exec(path.at(-1) ?? "")) || [];
  if (direction !== undefined) path.pop();
  const label = path.join("/");
  const key = cell === undefined ? label : `${label}/${cell}`;
  const known = layers.get(key) ?? { kind: "loops", label, key, forward: undefined, backward: undefined };
  layers.set(key, { ...known, [direction === "backward" ? "backward" : "forward"]: loop });
}

/** Undefined where a part is missing or has a shape that no loop has. */
function loopOf(parts: Parts): TheirLoop | undefined {
  const [kernel, recurrent, bias] = ["kernel", "recurrent_kernel", "bias"].map((name) => parts.get(name));
  if (kernel?.shape.length !== 2 || recurrent?.shape.length !== 2) return undefined;
  const [H = 0, width = 0] = recurrent.shape;
  const operator = ({ 1: "RNN", 3: "GRU", 4: "LSTM" } as const)[String(width / H)];
  if (operator === undefined || kernel.shape[1] !== width) return undefined;
  const gates = ORDERS[operator];
  const found = biasesOf(bias, operator, gates, width);
  if (found === undefined) return undefined;
  return {
    operator,
    x: gateBlocks(gates, transposedBlock(whole(kernel))),
    h: gateBlocks(gates, transposedBlock(whole(recurrent))),
    ...found,
    peepholes: new Map(),
    projection: undefined,
    functions: undefined,
  };
}

function biasesOf(
  bias: TheirTensor | undefined,
  operator: OperatorName,
  gates: readonly string[],
  width: number,
): Pick<TheirLoop, "biases" | "resetsAfter"> | undefined {
  const none = new Map<string, Block>();
  if (bias === undefined) return { biases: { x: none, h: none }, resetsAfter: undefined };
  const block = whole(bias);
  if (bias.shape.join() === String(width))
    return { biases: { x: gateBlocks(gates, block), h: none }, resetsAfter: operator === "GRU" ? false : undefined };
  if (operator !== "GRU" || bias.shape.join() !== `2,${width}`) return undefined;
  const [x, h] = [0, 1].map((row) => gateBlocks(gates, elementOf(block, row)));
  return { biases: { x: x ?? none, h: h ?? none }, resetsAfter: true };
}

function matrixOf(folder: string, parts: Parts): readonly TheirLayer[] {
  const [table, kernel, bias] = ["embeddings", "kernel", "bias"].map((name) => parts.get(name));
  const layer = { kind: "matrix", label: folder, key: folder } as const;
  if (table?.shape.length === 2) return [{ ...layer, weight: whole(table), bias: undefined, as: "table" }];
  if (kernel?.shape.length !== 2) return [];
  const isOwn = bias?.shape.join() === String(kernel.shape[1]);
  const weight = transposedBlock(whole(kernel));
  return [{ ...layer, weight, bias: bias !== undefined && isOwn ? whole(bias) : undefined, as: "linear" }];
}
