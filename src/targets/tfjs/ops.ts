// What the op table's rows lower to on tfjs: kernels that both backends have, composed where one lacks or errs.
// An empty array never reaches a kernel: several of them leave its reductions as the memory was.
import { at } from "../../base/invariant.ts";
import { countOf } from "../../ops/nd.ts";
import type { BinaryFunction, TensorOps, UnaryFunction } from "../../ops/tensor-ops.ts";
import { joiner, slicer } from "./copy.ts";
import { matmul } from "./matmul.ts";
import type { Trace, Value } from "./trace.ts";

/**
 * On wasm, log1p is the logarithm of a rounded 1 + a (6e-8 absolute, not relative to a), `Relu` of a NaN is 0, and `Minimum` and
 * `Maximum` with a NaN on the right give the left.
 */
const UNARY: Readonly<Record<UnaryFunction, string>> = {
  neg: "Neg", exp: "Exp", log: "Log", log1p: "Log1p", sqrt: "Sqrt", tanh: "Tanh", sigmoid: "Sigmoid", relu: "Relu", sin: "Sin",
  cos: "Cos", abs: "Abs", sign: "Sign", floor: "Floor", erf: "Erf", square: "Square", softplus: "Softplus", elu: "Elu",
}; // prettier-ignore

const BINARY: Readonly<Record<BinaryFunction, string>> = {
  add: "Add", sub: "Sub", mul: "Multiply", div: "RealDiv", pow: "Pow", min: "Minimum", max: "Maximum", mod: "Mod",
  lt: "Less", le: "LessEqual", gt: "Greater", ge: "GreaterEqual", eq: "Equal",
}; // prettier-ignore

const COMPARISONS: ReadonlySet<BinaryFunction> = new Set(["lt", "le", "gt", "ge", "eq"]);

/** The least float32: stands for -∞ where a difference with -∞ would be NaN. */
const LEAST = -3.4028234663852886e38;

export function tfjsOps(trace: Trace): TensorOps<Value> {
  /** For a comparison's floats, the booleans that they were made from. */
  const booleans = new Map<number, Value>();
  const float = (
    name: string,
    inputs: Readonly<Record<string, Value>>,
    shape: readonly number[],
    attributes = {},
  ): Value =>
    countOf(shape) === 0 ? empty(shape) : trace.kernel(name, inputs, attributes, { shape, kind: "float32" });
  const empty = (shape: readonly number[]): Value => trace.filled(shape, 0);
  const binary = (name: BinaryFunction, a: Value, b: Value): Value => {
    const shape = broadcastShape(a.shape, b.shape);
    if (!COMPARISONS.has(name) || countOf(shape) === 0) return float(BINARY[name], { a, b }, shape);
    const condition = trace.kernel(BINARY[name], { a, b }, {}, { shape, kind: "bool" });
    const result = float("Cast", { x: condition }, shape, { dtype: "float32" });
    booleans.set(result.slot, condition);
    return result;
  };
  const broadcastTo = (x: Value, shape: readonly number[]): Value => {
    if (x.shape.join() === shape.join() || countOf(shape) === 0)
      return trace.view(countOf(shape) === 0 ? empty(shape) : x, shape);
    // `Tile` on wasm is 60 times slower than to add zeros.
    const missing = shape.length - x.shape.length;
    const zeros = shape.map((size, axis) => (x.shape[axis - missing] === size ? 1 : size));
    if (x.kind === "int32") {
      return trace.kernel(
        "Add",
        { a: x, b: trace.constant(new Int32Array(countOf(zeros)), zeros) },
        {},
        { shape, kind: "int32" },
      );
    }
    return float("Add", { a: x, b: trace.filled(zeros, 0) }, shape);
  };
  const cast = (x: Value, kind: "float32" | "int32"): Value => {
    if (x.kind === kind) return x;
    if (countOf(x.shape) === 0) return kind === "int32" ? trace.constant(new Int32Array(0), x.shape) : empty(x.shape);
    return trace.kernel("Cast", { x }, { dtype: kind }, { shape: x.shape, kind });
  };
  const lastAxis = (kind: "Sum" | "Max", x: Value): Value => {
    const axis = [x.shape.length - 1];
    const line = float(kind, { x }, x.shape.slice(0, -1), { axis, reductionIndices: axis, keepDims: false });
    return trace.view(line, x.shape.with(-1, 1));
  };
  return {
    shape: (x) => x.shape,
    fill: (shape, value) => trace.filled(shape, value),
    fillInt: (shape, value) => trace.constant(new Int32Array(countOf(shape)).fill(value), shape),
    fromHost: (data, shape) => trace.constant(data.slice(), shape),
    unary: (name, x) => float(UNARY[name], { x }, x.shape, name === "elu" ? { alpha: 1 } : {}),
    binary,
    select: (condition, a, b) => {
      const shape = broadcastShape(condition.shape, broadcastShape(a.shape, b.shape));
      if (countOf(shape) === 0) return empty(shape);
      const known = booleans.get(condition.slot);
      const zeros = trace.filled(
        shape.map((size, axis) => (condition.shape[axis - shape.length + condition.shape.length] === size ? 1 : size)),
        0,
      );
      const chosen =
        known !== undefined && known.shape.join() === shape.join()
          ? known
          : trace.kernel("NotEqual", { a: condition, b: zeros }, {}, { shape, kind: "bool" });
      const inputs = { condition: chosen, t: broadcastTo(a, shape), e: broadcastTo(b, shape) };
      return trace.kernel("Select", inputs, {}, { shape, kind: a.kind });
    },
    reshape: (x, shape) => trace.view(x, shape),
    transpose: (x, order) => {
      const shape = order.map((axis) => x.shape[axis] ?? 1);
      const long = order.filter((axis) => x.shape[axis] !== 1);
      if (countOf(shape) === 0 || long.every((axis, index) => index === 0 || axis > (long[index - 1] ?? 0)))
        return trace.view(x, shape);
      return trace.kernel("Transpose", { x }, { perm: [...order] }, { shape, kind: x.kind });
    },
    slice: (x, begin, size) => {
      if (x.shape.join() === size.join()) return x;
      if (countOf(size) === 0) return empty(size);
      const copy = slicer(trace.device, x.shape, begin, size);
      return trace.call(`slice ${begin.join()} ${size.join()}`, [x], size, (operands) => copy(at(operands, 0, "tfjs")));
    },
    concat: (parts, axis) => {
      const full = parts.filter((part) => countOf(part.shape) > 0);
      const [one = parts[0] ?? empty([0])] = full;
      const size = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
      const shape = one.shape.with(axis, size);
      if (full.length <= 1) return trace.view(one, shape);
      return trace.call(`concat ${axis} [${shape.join()}]`, full, shape, joiner(trace.device, shape, axis));
    },
    broadcastTo,
    pad: (x, before, after) => {
      const shape = x.shape.map((size, axis) => (before[axis] ?? 0) + size + (after[axis] ?? 0));
      if (countOf(x.shape) === 0) return trace.filled(shape, 0);
      const paddings = before.map((size, axis) => [size, after[axis] ?? 0]);
      return trace.kernel("PadV2", { x }, { paddings, constantValue: 0 }, { shape, kind: x.kind });
    },
    reduce: (kind, x, axes) => {
      if (axes.length === 0) return x;
      const shape = x.shape.filter((_, axis) => !axes.includes(axis));
      if (countOf(x.shape) === 0)
        return trace.filled(shape, kind === "sum" ? 0 : kind === "max" ? -Infinity : Infinity);
      if (kind === "sum") return trace.view(sum(trace, cast(x, "float32"), axes), shape);
      const attributes = { axis: [...axes], reductionIndices: [...axes], keepDims: false };
      return float(kind === "max" ? "Max" : "Min", { x }, shape, attributes);
    },
    cumsum: (x, axis, reverse) => float("Cumsum", { x }, x.shape, { axis, exclusive: false, reverse }),
    argmax: (x, axis) => {
      const shape = x.shape.toSpliced(axis, 1);
      if (countOf(x.shape) === 0) return trace.constant(new Int32Array(countOf(shape)), shape);
      return trace.kernel("ArgMax", { x }, { axis }, { shape, kind: "int32" });
    },
    matmul: (a, b) => {
      const shape = [...a.shape.slice(0, -1), b.shape.at(-1) ?? 1];
      return countOf(shape) === 0 || a.shape.at(-1) === 0 ? trace.filled(shape, 0) : matmul(trace, a, b);
    },
    softmax: (x) => {
      if (countOf(x.shape) === 0) return x;
      // A line of nothing but -∞ has no softmax on tfjs; ours is 0, as padding wants it.
      const line = float("Softmax", { logits: binary("max", x, trace.filled([], LEAST)) }, x.shape, {
        dim: x.shape.length - 1,
      });
      return binary("mul", line, binary("gt", x, trace.filled([], -Infinity)));
    },
    logsoftmax: (x) => {
      if (countOf(x.shape) === 0) return x;
      const shifted = binary("sub", x, lastAxis("Max", x));
      return binary(
        "sub",
        shifted,
        float("Log", { x: lastAxis("Sum", float("Exp", { x: shifted }, x.shape)) }, x.shape.with(-1, 1)),
      );
    },
    gather: (table, indices) => {
      const shape = [...indices.shape, ...table.shape.slice(1)];
      const flat = trace.view(indices, [countOf(indices.shape)]);
      return trace.view(
        float("GatherV2", { x: table, indices: flat }, [countOf(indices.shape), ...table.shape.slice(1)], {
          axis: 0,
          batchDims: 0,
        }),
        shape,
      );
    },
    onehot: (indices, depth) => {
      const [shape, flat] = [
        [...indices.shape, depth],
        [countOf(indices.shape), depth],
      ];
      if (countOf(shape) === 0) return empty(shape);
      // On wasm the kernel writes integers, whatever type it was asked for.
      const attributes = { depth, onValue: 1, offValue: 0, dtype: "int32" };
      const ones = trace.kernel("OneHot", { indices: trace.view(indices, [countOf(indices.shape)]) }, attributes, {
        shape: flat,
        kind: "int32",
      });
      return trace.view(cast(ones, "float32"), shape);
    },
    toFloat: (x) => cast(x, "float32"),
    toInt: (x) => cast(x, "int32"),
  };
}

function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index) => {
    const [left, right] = [a[index - rank + a.length] ?? 1, b[index - rank + b.length] ?? 1];
    return left === 1 ? right : left;
  });
}

/**
 * Sums neighbouring axes one group at a time, the last first. Before other axes this is a product with ones: for the
 * gradient of a bias, [2048, 512] over the first axis, 0.11 ms on wasm instead of 3.8.
 */
function sum(trace: Trace, x: Value, axes: readonly number[]): Value {
  const last = Math.max(...axes);
  let first = last;
  while (axes.includes(first - 1)) first -= 1;
  const [outer, count, inner] = [
    x.shape.slice(0, first),
    countOf(x.shape.slice(first, last + 1)),
    x.shape.slice(last + 1),
  ];
  const [rows, columns] = [countOf(outer), countOf(inner)];
  const kind = "float32";
  const summed =
    columns === 1
      ? trace.kernel(
          "Sum",
          { x: trace.view(x, [rows, count]) },
          { axis: [1], keepDims: false },
          { shape: [rows], kind },
        )
      : trace.kernel(
          "BatchMatMul",
          { a: trace.filled([1, 1, count], 1), b: trace.view(x, [rows, count, columns]) },
          { transposeA: false, transposeB: false },
          { shape: [rows, 1, columns], kind },
        );
  const rest = axes.filter((axis) => axis < first);
  const open = trace.view(summed, [...outer, ...inner]);
  return rest.length === 0 ? open : sum(trace, open, rest);
}
