// The weights of an ONNX graph: those of its LSTM, GRU and RNN operators, of Gemm and MatMul with the Add behind it, of tables that Gather
// reads. Other operators are passed over.
import { UserError } from "../../base/diagnostic.ts";
import { GATES, type OperatorName } from "../../onnx/cells.ts";
import type { OnnxGraph, OnnxNode, OnnxTensor } from "../../onnx/model.ts";
import { readOnnx } from "../../onnx/read.ts";
import { loaded, type FileBeside } from "../onnx/loaded.ts";
import { directionsOf, variantOf } from "../onnx/recurrent.ts";
import { floatsOf } from "../onnx/value.ts";
import { gateBlocks } from "./gates.ts";
import {
  elementOf,
  once,
  partOf,
  tensorsIn as tensorsOf,
  transposedBlock,
  whole,
  type Block,
  type TheirFile,
  type TheirLayer,
  type TheirLoop,
  type TheirTensor,
} from "./theirs.ts";

/** Some thousands are a large graph. */
const MOST_NODES = 20_000;

export function readOnnxFile(bytes: Uint8Array, fileOf: FileBeside): TheirFile {
  const { graph } = readOnnx(bytes);
  if (graph.nodes.length > MOST_NODES) throw new UserError(`the ONNX file has more than ${MOST_NODES} nodes`);
  const tensors = tensorsIn(graph.initializers, fileOf);
  const constants = tensorsIn(graph.nodes.flatMap(constantOf), fileOf);
  const blocks = blocksByName([...tensors, ...constants], graph);
  const additions = additionsIn(graph);
  const layers = graph.nodes.flatMap((node) => layerOf(node, additions, blocks) ?? []);
  const inLayers = new Set(layers.flatMap(tensorsOf));
  // Numbers of equations and constants are not weights.
  const others = tensors.filter((tensor) => !inLayers.has(tensor) && tensor.shape.length > 0);
  return { tensors: [...inLayers, ...others], layers };
}

function constantOf({ operator, outputs, attributes }: OnnxNode): readonly OnnxTensor[] {
  const value = attributes.get("value");
  return operator === "Constant" && value?.kind === "tensor" ? [{ ...value.value, name: outputs[0] ?? "" }] : [];
}

/** Those that hold floats. */
function tensorsIn(tensors: readonly OnnxTensor[], fileOf: FileBeside): readonly TheirTensor[] {
  return tensors
    .filter(({ type }) => type === "float" || type === "double")
    .map((tensor) => {
      const own = loaded(tensor, fileOf);
      return { name: own.name, shape: own.shape, read: once(() => floatsOf(own)) };
    });
}

type Blocks = ReadonlyMap<string, Block>;

/** By the names of values that are arrays of the file, or their transposes. */
function blocksByName(tensors: readonly TheirTensor[], { nodes }: OnnxGraph): Blocks {
  const blocks = new Map(tensors.map((tensor) => [tensor.name, whole(tensor)]));
  for (const { operator, inputs, outputs, attributes } of nodes) {
    const block = blocks.get(inputs[0] ?? "");
    const perm = attributes.get("perm")?.value ?? [1, 0];
    if (block === undefined || outputs[0] === undefined) continue;
    if (operator === "Identity") blocks.set(outputs[0], block);
    if (operator === "Transpose" && block.shape.length === 2 && String(perm) === "1,0")
      blocks.set(outputs[0], transposedBlock(block));
  }
  return blocks;
}

/** The Add of each value that is added to another. */
type Additions = ReadonlyMap<string, OnnxNode>;

function additionsIn({ nodes }: OnnxGraph): Additions {
  return new Map(
    nodes.flatMap((node) =>
      node.operator === "Add" ? node.inputs.map((input): [string, OnnxNode] => [input, node]) : [],
    ),
  );
}

function layerOf(node: OnnxNode, additions: Additions, blocks: Blocks): TheirLayer | undefined {
  switch (node.operator) {
    case "LSTM":
    case "GRU":
    case "RNN":
      return loopsOf(node.operator, node, blocks);
    case "Gemm":
      return gemm(node, blocks);
    case "MatMul":
      return matMul(node, additions, blocks);
    case "Gather":
      return gather(node, blocks);
    default:
      return undefined;
  }
}

/** `/encoder/rnn/LSTM_1` is a layer of `encoder/rnn`. */
function named({ name, operator, outputs }: OnnxNode): { readonly label: string; readonly key: string } {
  const path = (name === "" ? (outputs[0] ?? operator) : name).split("/").filter((part) => part !== "");
  const key = path.join("/");
  if (path.length > 1 && path.at(-1)?.startsWith(operator) === true) path.pop();
  return { label: path.join("/"), key };
}

function loopsOf(operator: OperatorName, node: OnnxNode, blocks: Blocks): TheirLayer | undefined {
  const directions = directionsOf(node);
  if (directions === undefined || node.attributes.get("input_forget")?.value === 1) return undefined;
  const [forward, backward] = ["forward", "reverse"].map((direction) => {
    const index = directions.findIndex((each) => each === direction);
    return index < 0 ? undefined : loopOf(operator, node, { index, count: directions.length, blocks });
  });
  if ([forward, backward].filter((loop) => loop !== undefined).length !== directions.length) return undefined;
  return { kind: "loops", ...named(node), forward, backward };
}

interface Direction {
  readonly index: number;
  readonly count: number;
  readonly blocks: Blocks;
}

/** Undefined for weights that are not constants of the shapes that ONNX says. */
function loopOf(operator: OperatorName, node: OnnxNode, { index, count, blocks }: Direction): TheirLoop | undefined {
  const gates = GATES[operator];
  const at = (input: number): Block | undefined => blocks.get(node.inputs[input] ?? "");
  const H = at(2)?.shape.at(-1) ?? 0;
  const own = (input: number, shape: readonly (number | undefined)[]): Block | undefined => {
    const tensor = at(input);
    const expected = [count, ...shape];
    const isOwn =
      tensor?.shape.length === expected.length &&
      expected.every((size, axis) => size === undefined || size === tensor.shape[axis]);
    return tensor !== undefined && isOwn ? elementOf(tensor, index) : undefined;
  };
  const isPeeping = operator === "LSTM" && (node.inputs[7] ?? "") !== "";
  const [W, R] = [own(1, [gates.length * H, undefined]), own(2, [gates.length * H, H])];
  const [B, P] = [own(3, [2 * gates.length * H]), isPeeping ? own(7, [3 * H]) : undefined];
  const variant = variantOf(operator, node, { index, hasPeepholes: P !== undefined });
  const lacksBias = (node.inputs[3] ?? "") !== "" && B === undefined;
  if (W === undefined || R === undefined || variant === undefined || lacksBias || (isPeeping && P === undefined))
    return undefined;
  const biasesOf = (half: number): ReadonlyMap<string, Block> =>
    B === undefined ? new Map() : gateBlocks(gates, partOf(B, half, 2));
  return {
    operator,
    x: gateBlocks(gates, W),
    h: gateBlocks(gates, R),
    biases: { x: biasesOf(0), h: biasesOf(1) },
    peepholes: P === undefined ? new Map() : gateBlocks(["pi", "po", "pf"], P),
    projection: undefined,
    resetsAfter: operator === "GRU" ? variant.linearBeforeReset : undefined,
    functions: { activations: variant.activations, clip: variant.clip },
  };
}

function gemm(node: OnnxNode, blocks: Blocks): TheirLayer | undefined {
  const [weight, bias] = [1, 2].map((input) => blocks.get(node.inputs[input] ?? ""));
  const attribute = (name: string, otherwise: number): unknown => node.attributes.get(name)?.value ?? otherwise;
  if (weight?.shape.length !== 2 || attribute("alpha", 1) !== 1 || attribute("beta", 1) !== 1) return undefined;
  const own = attribute("transB", 0) === 1 ? weight : transposedBlock(weight);
  return linear(node, own, bias);
}

function matMul(node: OnnxNode, additions: Additions, blocks: Blocks): TheirLayer | undefined {
  const weight = blocks.get(node.inputs[1] ?? "");
  if (weight?.shape.length !== 2) return undefined;
  const added = additions.get(node.outputs[0] ?? "");
  const bias = added?.inputs.map((input) => blocks.get(input)).find((tensor) => tensor?.shape.length === 1);
  return linear(node, transposedBlock(weight), bias);
}

function linear(node: OnnxNode, weight: Block, bias: Block | undefined): TheirLayer {
  // PyTorch's exporter keeps the names of biases.
  const [, module] = /^(.*)\.bias$/.exec(bias?.of.name ?? "") ?? [];
  const layer = module === undefined ? named(node) : { label: module, key: module };
  const isOwn = bias?.shape.join() === String(weight.shape[0]);
  return {
    kind: "matrix",
    ...layer,
    weight,
    bias: isOwn ? bias : undefined,
    as: "linear",
  };
}

function gather(node: OnnxNode, blocks: Blocks): TheirLayer | undefined {
  const table = blocks.get(node.inputs[0] ?? "");
  if (table?.shape.length !== 2 || Number(node.attributes.get("axis")?.value ?? 0) !== 0) return undefined;
  return { kind: "matrix", ...named(node), weight: table, bias: undefined, as: "table" };
}
