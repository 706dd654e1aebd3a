// Layers around RNN operators: embeddings, linear maps, functions of numbers, what is joined, and what runs along an axis.
import type { OnnxTensor } from "../../onnx/model.ts";
import { arrayAt, axesOf, nameOf, partOf, refuse, type OperatorNode } from "./context.ts";
import { array } from "./reading.ts";
import { floatsOf, transposed, wholeNumbersOf, type ArrayValue, type Value } from "./value.ts";

export function pointwise(context: OperatorNode, name: string): Value {
  const { reading } = context;
  const value = arrayAt(context, 0);
  const parts = value.parts.map((part) =>
    reading.equation(nameOf(context), name === "-" ? `-${part}` : `${name}(${part})`),
  );
  return { ...value, parts };
}

/** Of two arrays of the same axes, or of one and a number or a vector, which is a weight. */
export function ofTwo(context: OperatorNode, sign: string): Value {
  const [left, right] = context.inputs;
  const value = left?.kind === "array" ? left : arrayAt(context, 1);
  const text = (each: Value | undefined): string => {
    if (each?.kind === "array") {
      if (each.axes.join() !== value.axes.join() || each.width !== value.width)
        return refuse(context, "its operands have different axes");
      return partOf(context, each);
    }
    return each?.kind === "constant"
      ? constantText(context, each.tensor, value)
      : refuse(context, "an operand is not known");
  };
  return { ...value, parts: [context.reading.equation(nameOf(context), `${text(left)} ${sign} ${text(right)}`)] };
}

export function constantText(context: OperatorNode, tensor: OnnxTensor, beside: ArrayValue): string {
  const data = floatsOf(tensor);
  const [number] = data;
  if (data.length === 1 && number !== undefined && Number.isFinite(number))
    return number < 0 ? `(${number})` : String(number);
  const isVector =
    data.length === beside.width && tensor.shape.at(-1) === beside.width && beside.axes.at(-1) === "feature";
  if (!isVector) return refuse(context, "a constant is neither a number nor a vector along the last axis");
  return parameter(context, data);
}

function parameter({ reading }: OperatorNode, data: Float32Array): string {
  const name = reading.names.fresh("w");
  reading.equations.push(`  param ${name}: [${data.length}]`);
  reading.addWeight(name, [data.length], data);
  return name;
}

/** Rows of a table by tokens, one direction of several, or the first or last step. */
export function gather(context: OperatorNode): Value {
  const { inputs, node, reading } = context;
  const [data, index] = inputs;
  const axis = Number(node.attributes.get("axis")?.value ?? 0);
  if (data?.kind === "constant" && index?.kind === "tokens") {
    const [rows = 0, width = 0, ...others] = data.tensor.shape;
    if (axis !== 0 || others.length > 0 || rows < 1 || width < 1) return refuse(context, "its table is not a matrix");
    const isSequence = index.axes.includes("time");
    reading.declare(index.name, `${isSequence ? "seq " : ""}token[${rows}]`);
    const name = reading.equation(nameOf(context), `embed(${index.name}, ${width})`);
    reading.addWeight(`${name}.table`, [rows, width], floatsOf(data.tensor));
    return array(name, [...index.axes, "feature"], width);
  }
  const value = arrayAt(context, 0);
  const [place, ...others] = index?.kind === "constant" ? (wholeNumbersOf(index.tensor) ?? []) : [];
  const position = axis < 0 ? axis + value.axes.length : axis;
  if (place === undefined || others.length > 0 || (index?.kind === "constant" && index.tensor.shape.length > 0))
    return refuse(context, "its index is not one number");
  const axes = value.axes.toSpliced(position, 1);
  if (value.axes[position] === "direction") {
    const part = value.parts.at(place) ?? refuse(context, "it has no such direction");
    return { ...value, parts: [part], axes };
  }
  if (value.axes[position] !== "time" || (place !== 0 && place !== -1))
    return refuse(context, "it takes neither the first nor the last step");
  const parts = value.parts.map((part) =>
    reading.equation(nameOf(context), `${place === 0 ? "first" : "last"}(${part})`),
  );
  return { ...value, parts, axes };
}

export function matMul(context: OperatorNode): Value {
  const weights = context.inputs[1];
  if (weights?.kind !== "constant") return refuse(context, "its second operand is not a weight");
  return linear(context, { tensor: weights.tensor, isTransposed: false, bias: null });
}

export function gemm(context: OperatorNode): Value {
  const { node, inputs } = context;
  const [, weights, bias] = inputs;
  const attribute = (name: string, otherwise: number): unknown => node.attributes.get(name)?.value ?? otherwise;
  if (attribute("alpha", 1) !== 1 || attribute("beta", 1) !== 1 || attribute("transA", 0) !== 0)
    return refuse(context, "alpha, beta and transA are not read");
  if (weights?.kind !== "constant" || (bias !== undefined && bias.kind !== "constant"))
    return refuse(context, "its weights are not constants");
  return linear(context, {
    tensor: weights.tensor,
    isTransposed: attribute("transB", 0) === 1,
    bias: bias?.tensor ?? null,
  });
}

interface Linear {
  readonly tensor: OnnxTensor;
  /** `[out, in]`, as ours is. */
  readonly isTransposed: boolean;
  readonly bias: OnnxTensor | null;
}

export function linear(context: OperatorNode, { tensor, isTransposed, bias }: Linear): Value {
  const { reading } = context;
  const value = arrayAt(context, 0);
  const [rows = 0, columns = 0, ...others] = tensor.shape;
  const [into, from] = isTransposed ? [rows, columns] : [columns, rows];
  if (others.length > 0 || into < 1 || from !== value.width || value.axes.at(-1) !== "feature")
    return refuse(context, "its weight does not fit its input");
  const part = partOf(context, value);
  const name = reading.equation(nameOf(context), `linear(${part}, out = ${into})`);
  const data = floatsOf(tensor);
  reading.addWeight(`${name}.${part}`, [into, from], isTransposed ? data : transposed(data, rows, columns));
  const own = bias === null ? new Float32Array(into) : floatsOf(bias);
  reading.addWeight(`${name}.b`, [into], own.length === 1 && into > 1 ? new Float32Array(into).fill(own[0] ?? 0) : own);
  return array(name, value.axes, into);
}

export function concat(context: OperatorNode): Value {
  const { node, reading, inputs } = context;
  const values = inputs.map((_, index) => arrayAt(context, index));
  const [head = refuse(context)] = values;
  const axis = Number(node.attributes.get("axis")?.value ?? 0);
  const isLast = axis === -1 || axis === head.axes.length - 1;
  if (!isLast || head.axes.at(-1) !== "feature" || values.some(({ axes }) => axes.join() !== head.axes.join()))
    return refuse(context, "it joins along another axis than the last");
  const parts = values.map((value) => partOf(context, value));
  const width = values.reduce((sum, value) => sum + value.width, 0);
  return array(reading.equation(nameOf(context), `concat(${parts.join(", ")})`), head.axes, width);
}

export function alongFeatures(context: OperatorNode, name: string): Value {
  const { node, reading } = context;
  const value = arrayAt(context, 0);
  const isPosition = name === "argmax";
  const axis = Number(node.attributes.get("axis")?.value ?? (isPosition ? 0 : -1));
  const isLast = axis === -1 || axis === value.axes.length - 1;
  if (!isLast || value.axes.at(-1) !== "feature" || (isPosition && node.attributes.get("keepdims")?.value !== 0))
    return refuse(context, "it runs along another axis than the last");
  const own = reading.equation(nameOf(context), `${name}(${partOf(context, value)}${isPosition ? ", axis = -1" : ""})`);
  return array(own, isPosition ? value.axes.slice(0, -1) : value.axes, value.width);
}

export function meanOverTime(context: OperatorNode): Value {
  const value = arrayAt(context, 0);
  const [axis = 0, ...others] = axesOf(context);
  const position = axis < 0 ? axis + value.axes.length : axis;
  const isKept = context.node.attributes.get("keepdims")?.value !== 0;
  if (others.length > 0 || isKept || value.axes[position] !== "time")
    return refuse(context, "it runs along another axis than the time");
  const name = context.reading.equation(nameOf(context), `mean(${partOf(context, value)})`);
  return array(name, value.axes.toSpliced(position, 1), value.width);
}
