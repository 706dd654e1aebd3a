// How each operator of an ONNX graph that has a counterpart becomes an equation, a weight, or only another order of axes.
import type { OnnxTensor } from "../../onnx/model.ts";
import { reshape, squeeze, transpose, unsqueeze } from "./arrange.ts";
import { refuse, type OperatorNode } from "./context.ts";
import { alongFeatures, concat, gather, gemm, matMul, meanOverTime, ofTwo, pointwise } from "./layers.ts";
import { readRecurrent } from "./recurrent.ts";
import { unsupported, wholeNumbersOf, type Value } from "./value.ts";

/** Returns the value of the first output; undefined where the rule has put all values itself. */
type Rule = (context: OperatorNode) => Value | undefined;

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...(["LSTM", "GRU", "RNN"] as const).map((name): [string, Rule] => [
    name,
    ({ node, place, reading }) => {
      readRecurrent(name, node, place, reading);
      return undefined;
    },
  ]),
  ...Object.entries({
    Tanh: "tanh",
    Sigmoid: "sigmoid",
    Relu: "relu",
    Softplus: "softplus",
    Exp: "exp",
    Log: "log",
    Sqrt: "sqrt",
    Abs: "abs",
    Neg: "-",
    Sign: "sign",
    Floor: "floor",
    Sin: "sin",
    Cos: "cos",
  }).map(([operator, name]): [string, Rule] => [operator, (context) => pointwise(context, name)]),
  ...Object.entries({ Add: "+", Sub: "-", Mul: "*", Div: "/" }).map(([operator, sign]): [string, Rule] => [
    operator,
    (context) => ofTwo(context, sign),
  ]),
  ["Identity", first],
  ["Dropout", first],
  ["Cast", first],
  ["Constant", constant],
  ["Shape", () => ({ kind: "size" })],
  ["ConstantOfShape", zeros],
  ["Expand", zeros],
  ["Gather", gather],
  ["MatMul", matMul],
  ["Gemm", gemm],
  ["Concat", concat],
  ["Softmax", (context) => alongFeatures(context, "softmax")],
  ["LogSoftmax", (context) => alongFeatures(context, "logsoftmax")],
  ["ReduceMean", meanOverTime],
  ["ArgMax", (context) => alongFeatures(context, "argmax")],
  ["Transpose", transpose],
  ["Squeeze", squeeze],
  ["Unsqueeze", unsqueeze],
  ["Reshape", reshape],
]);

export function readNode(context: OperatorNode): void {
  const { node, place, reading, inputs } = context;
  const rule = RULES.get(node.operator);
  if (rule === undefined) throw unsupported(node, place);
  const isOfSizes =
    inputs.length > 0 && inputs.every((value) => value === undefined || value.kind === "size" || isSmall(value));
  const value =
    isOfSizes && inputs.some((each) => each?.kind === "size") && node.operator !== "ConstantOfShape"
      ? SIZE
      : rule(context);
  if (value !== undefined) reading.put(node.outputs[0], value);
}

const SIZE: Value = { kind: "size" };

function isSmall(value: Value): boolean {
  return value.kind === "constant" && wholeNumbersOf(value.tensor) !== undefined;
}

function first(context: OperatorNode): Value {
  return context.inputs[0] ?? refuse(context, "an input is not known");
}

function constant(context: OperatorNode): Value {
  const value = context.node.attributes.get("value");
  return value?.kind === "tensor"
    ? { kind: "constant", tensor: value.value }
    : refuse(context, "its value is not a tensor");
}

function zeros(context: OperatorNode): Value {
  const [given] = context.inputs;
  if (context.node.operator === "Expand" && given?.kind === "constant" && isZeros(given.tensor))
    return { kind: "zeros" };
  if (context.node.operator === "Expand") return refuse(context);
  const value = context.node.attributes.get("value");
  if (value !== undefined && (value.kind !== "tensor" || !isZeros(value.value))) return refuse(context, "it is not 0");
  return { kind: "zeros" };
}

function isZeros(tensor: OnnxTensor): boolean {
  return tensor.data instanceof Uint8Array && tensor.data.every((byte) => byte === 0);
}
