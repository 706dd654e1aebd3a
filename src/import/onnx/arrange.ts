// Operators that only arrange axes: around RNN operators these are the order of time and batch, and the axis of directions.
import { joinedDirections } from "./recurrent.ts";
import { axesOf, refuse, type OperatorNode } from "./context.ts";
import { floatsOf, transposed, wholeNumbersOf, type Axis, type Value } from "./value.ts";

export function transpose(context: OperatorNode): Value {
  const [value] = context.inputs;
  const perm = context.node.attributes.get("perm");
  if (value?.kind === "constant" && value.tensor.shape.length === 2) {
    const [rows = 0, columns = 0] = value.tensor.shape;
    const data = new Uint8Array(transposed(floatsOf(value.tensor), rows, columns).buffer);
    return { kind: "constant", tensor: { ...value.tensor, type: "float", shape: [columns, rows], data } };
  }
  if (value?.kind !== "array" && value?.kind !== "tokens") return refuse(context, "its input is not known");
  const order = perm?.kind === "ints" ? perm.value : value.axes.map((_, index) => value.axes.length - 1 - index);
  const axes = order.map((position) => value.axes[position] ?? refuse(context, "it has no such axis"));
  if (new Set(axes).size !== value.axes.length) return refuse(context, "its order is not one of all axes");
  return { ...value, axes };
}

/** Takes away the axis of a single direction. */
export function squeeze(context: OperatorNode): Value {
  const [value] = context.inputs;
  if (value?.kind !== "array") return refuse(context, "its input is not a sequence or an array of numbers");
  const positions = axesOf(context).map((axis) => (axis < 0 ? axis + value.axes.length : axis));
  const isSingle = positions.every((position) => value.axes[position] === "direction") && value.parts.length === 1;
  if (!isSingle || positions.length !== 1)
    return refuse(context, "it takes away another axis than that of one direction");
  return { ...value, axes: value.axes.filter((axis) => axis !== "direction") };
}

/** Adds the axis of a single direction, which first states have. */
export function unsqueeze(context: OperatorNode): Value {
  const [value] = context.inputs;
  if (value?.kind === "zeros") return value;
  if (value?.kind !== "array" || value.axes.includes("direction"))
    return refuse(context, "its input is not an array without directions");
  const [position = 0, ...others] = axesOf(context);
  const from = position < 0 ? position + value.axes.length + 1 : position;
  if (others.length > 0 || from < 0 || from > value.axes.length) return refuse(context, "it adds several axes");
  return { ...value, axes: value.axes.toSpliced(from, 0, "direction") };
}

/** Joins the directions, which PyTorch's exporter does by a shape `[0, 0, -1]`. */
export function reshape(context: OperatorNode): Value {
  const { inputs, reading } = context;
  const [value, shape] = inputs;
  if (value?.kind !== "array") return refuse(context, "its input is not a sequence or an array of numbers");
  const sizes = shape?.kind === "constant" ? wholeNumbersOf(shape.tensor) : undefined;
  const [before, last]: readonly (Axis | undefined)[] = value.axes.slice(-2);
  const width = value.parts.length * value.width;
  const isJoin = sizes?.length === value.axes.length - 1 && before === "direction" && last === "feature";
  if (!isJoin || (sizes.at(-1) !== -1 && sizes.at(-1) !== width))
    return refuse(context, "it does more than join two directions");
  return joinedDirections(value, reading);
}
