// ONNX models as PyTorch's exporter writes them: inputs [T, B, …], directions joined by Transpose and Reshape.
import type { ElementType, OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from "../../src/onnx/model.ts";
import { drawn } from "../ops/arrays.ts";

function int(value: number): OnnxAttribute {
  return { kind: "int", value };
}

function ints(...value: readonly number[]): OnnxAttribute {
  return { kind: "ints", value };
}

function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): OnnxNode {
  return {
    operator,
    name: `/${operator}_${outputs[0] ?? ""}`,
    inputs,
    outputs,
    attributes: new Map(Object.entries(attributes)),
  };
}

let seed = 1;

function floats(name: string, shape: readonly number[]): OnnxTensor {
  const values = Float32Array.from(drawn(shape, seed++, -0.7, 0.7).data);
  return { name, type: "float", shape, data: new Uint8Array(values.buffer) };
}

function wholes(name: string, values: readonly number[], shape: readonly number[] = [values.length]): OnnxTensor {
  return { name, type: "int64", shape, data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}

function model(
  nodes: readonly OnnxNode[],
  initializers: readonly OnnxTensor[],
  inputs: Readonly<Record<string, readonly [ElementType, ...(number | string)[]]>>,
  outputs: Readonly<Record<string, readonly (number | string)[]>>,
): OnnxModel {
  return {
    opset: 17,
    producer: "pytorch",
    doc: "",
    graph: {
      name: "main_graph",
      nodes,
      initializers,
      inputs: Object.entries(inputs).map(([name, [type, ...shape]]) => ({ name, type, shape, doc: "" })),
      outputs: Object.entries(outputs).map(([name, shape]) => ({ name, type: "float", shape, doc: "" })),
    },
  };
}

/** nn.Embedding(7, 3), nn.LSTM(3, 4, num_layers=2, bidirectional=True), nn.Linear(8, 5) and a softmax; first states are zeros that are expanded. */
export function bidirectionalLstm(): OnnxModel {
  const [E, H] = [3, 4];
  const layer = (index: number, x: string, width: number): readonly [OnnxNode[], OnnxTensor[]] => [
    [
      node("LSTM", [x, `W${index}`, `R${index}`, `B${index}`, "", "zeros", "zeros"], [`Y${index}`, "", ""], {
        hidden_size: int(H),
        direction: { kind: "string", value: "bidirectional" },
      }),
      node("Transpose", [`Y${index}`], [`turned${index}`], { perm: ints(0, 2, 1, 3) }),
      node("Reshape", [`turned${index}`, "joined"], [`layer${index}`], { allowzero: int(0) }),
    ],
    [floats(`W${index}`, [2, 4 * H, width]), floats(`R${index}`, [2, 4 * H, H]), floats(`B${index}`, [2, 8 * H])],
  ];
  const [first, firstWeights] = layer(0, "embedded", E);
  const [second, secondWeights] = layer(1, "layer0", 2 * H);
  return model(
    [
      node("Gather", ["embedding.weight", "words"], ["embedded"]),
      node("Shape", ["words"], ["shape"]),
      node("Gather", ["shape", "one"], ["batch"], { axis: int(0) }),
      node("Unsqueeze", ["batch", "zero"], ["batch_1"]),
      node("Concat", ["four", "batch_1", "hidden"], ["state_shape"], { axis: int(0) }),
      node("ConstantOfShape", ["state_shape"], ["zeros"]),
      ...first,
      ...second,
      node("MatMul", ["layer1", "linear.weight"], ["product"]),
      node("Add", ["linear.bias", "product"], ["logits"]),
      node("Softmax", ["logits"], ["probabilities"], { axis: int(-1) }),
    ],
    [
      floats("embedding.weight", [7, E]),
      ...firstWeights,
      ...secondWeights,
      floats("linear.weight", [2 * H, 5]),
      floats("linear.bias", [5]),
      wholes("one", [1], []),
      wholes("zero", [0]),
      wholes("four", [2]),
      wholes("hidden", [H]),
      wholes("joined", [0, 0, -1]),
    ],
    { words: ["int64", "T", "B"] },
    { logits: ["T", "B", 5], probabilities: ["T", "B", 5] },
  );
}

/** nn.GRU(2, 3) whose last step, joined with its last state, goes through Gemm, Relu and a scale; its first state is an input. */
export function linearBeforeResetGru(): OnnxModel {
  const [I, H] = [2, 3];
  return model(
    [
      node("Unsqueeze", ["h0_state", "zero"], ["h0"]),
      node("GRU", ["x", "W", "R", "B", "", "h0"], ["Y", "Y_h"], { hidden_size: int(H), linear_before_reset: int(1) }),
      node("Squeeze", ["Y", "one"], ["out"]),
      node("Squeeze", ["Y_h", "zero"], ["state"]),
      node("Gather", ["out", "last"], ["end"], { axis: int(0) }),
      node("Concat", ["end", "state"], ["both"], { axis: int(-1) }),
      node("Gemm", ["both", "fc.weight", "fc.bias"], ["fc"], { transB: int(1) }),
      node("Relu", ["fc"], ["active"]),
      node("Mul", ["active", "scale"], ["y"]),
    ],
    [
      floats("W", [1, 3 * H, I]),
      floats("R", [1, 3 * H, H]),
      floats("B", [1, 6 * H]),
      floats("fc.weight", [4, 2 * H]),
      floats("fc.bias", [4]),
      floats("scale", []),
      wholes("one", [1]),
      wholes("zero", [0]),
      wholes("last", [-1], []),
    ],
    { x: ["float", "T", "B", I], h0_state: ["float", "B", H] },
    { y: ["B", 4], out: ["T", "B", H] },
  );
}
