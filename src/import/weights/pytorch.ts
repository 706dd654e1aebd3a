// PyTorch's names: `rnn.weight_ih_l0_reverse`, `rnn.weight_hr_l0`, `fc.weight`, `fc.bias`. Matrices are `[out, in]`; the blocks of gates
// are i f g o of an LSTM, r z n of a GRU. Each gate has two biases.
import type { OperatorName } from "../../onnx/cells.ts";
import { gateBlocks } from "./gates.ts";
import { whole, type Block, type TheirLayer, type TheirLoop, type TheirLoops, type TheirTensor } from "./theirs.ts";

const ORDERS: Readonly<Record<OperatorName, readonly string[]>> = {
  LSTM: ["i", "f", "g", "o"],
  GRU: ["r", "z", "n"],
  RNN: ["a"],
};

const OF_LOOP = /^(?:(.*)\.)?(weight|bias)_(ih|hh|hr)(?:_l(\d+)(_reverse)?)?$/;
const OF_LAYER = /^(?:(.*)\.)?(weight|bias)$/;

export function pytorchLayers(tensors: readonly TheirTensor[]): readonly TheirLayer[] {
  return [...loops(tensors), ...matrices(tensors)];
}

function loops(tensors: readonly TheirTensor[]): readonly TheirLoops[] {
  const groups = new Map<string, { label: string; key: string; forward: Parts; backward: Parts }>();
  for (const tensor of tensors) {
    const [found, label = "", what, which, layer, reverse] = OF_LOOP.exec(tensor.name) ?? [];
    if (found === undefined) continue;
    const key = layer === undefined ? label : `${label === "" ? "" : `${label}.`}l${layer}`;
    const group = groups.get(key) ?? { label, key, forward: new Map(), backward: new Map() };
    groups.set(key, group);
    (reverse === undefined ? group.forward : group.backward).set(`${what}_${which}`, tensor);
  }
  return [...groups.values()].flatMap(({ label, key, forward, backward }): TheirLoops[] => {
    const loop = { forward: loopOf(forward), backward: loopOf(backward) };
    return loop.forward === undefined && loop.backward === undefined ? [] : [{ kind: "loops", label, key, ...loop }];
  });
}

type Parts = Map<string, TheirTensor>;

/** Undefined where a part is missing or has a shape that no loop has. */
function loopOf(parts: Parts): TheirLoop | undefined {
  const [ih, hh, hr] = ["weight_ih", "weight_hh", "weight_hr"].map((name) => parts.get(name));
  if (ih?.shape.length !== 2 || hh?.shape.length !== 2) return undefined;
  const [rows = 0, width = 0] = hh.shape;
  const H = hr === undefined ? width : (hr.shape[1] ?? 0);
  const operator = ({ 1: "RNN", 3: "GRU", 4: "LSTM" } as const)[String(rows / H)];
  if (operator === undefined || ih.shape[0] !== rows) return undefined;
  if (hr !== undefined && (hr.shape.length !== 2 || hr.shape[0] !== width)) return undefined;
  const gates = ORDERS[operator];
  const bias = (name: string): ReadonlyMap<string, Block> | undefined => {
    const tensor = parts.get(name);
    if (tensor === undefined) return new Map();
    return tensor.shape.join() === String(rows) ? gateBlocks(gates, whole(tensor)) : undefined;
  };
  const biases = { x: bias("bias_ih"), h: bias("bias_hh") };
  if (biases.x === undefined || biases.h === undefined) return undefined;
  return {
    operator,
    x: gateBlocks(gates, whole(ih)),
    h: gateBlocks(gates, whole(hh)),
    biases: { x: biases.x, h: biases.h },
    peepholes: new Map(),
    projection: hr === undefined ? undefined : whole(hr),
    resetsAfter: operator === "GRU",
    functions: undefined,
  };
}

function matrices(tensors: readonly TheirTensor[]): readonly TheirLayer[] {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return tensors.flatMap((tensor): TheirLayer[] => {
    const [, label = "", what] = OF_LAYER.exec(tensor.name) ?? [];
    if (what !== "weight" || tensor.shape.length !== 2) return [];
    const bias = byName.get(tensor.name.replace(/weight$/, "bias"));
    const isOwn = bias?.shape.join() === String(tensor.shape[0]);
    const as = bias !== undefined ? "linear" : /emb/i.test(label) ? "table" : "either";
    return [
      {
        kind: "matrix",
        label,
        key: label,
        weight: whole(tensor),
        bias: bias !== undefined && isOwn ? whole(bias) : undefined,
        as,
      },
    ];
  });
}
