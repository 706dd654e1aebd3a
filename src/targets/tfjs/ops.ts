// What the op table's rows lower to on tfjs: kernels that all backends have, composed where one lacks or errs.
// An empty array never reaches a kernel: several of them leave its reductions as the memory was.
//
// What the kernels get wrong:
// - GPUs: sine and cosine are promised to 5e-4 only (sine.ts), and infinities and NaN not at all: on SwiftShader log 0 is -88.
// - webgpu: `Cumsum` has the length in its code but not in the key under which the code is kept.
// - webgpu: `Softmax` of a line of the least numbers is NaN; the sigmoid of a NaN is 0; `OneHot` writes floats only.
// - webgpu: `PadV2`, and pointwise kernels with a vector, are wrong for more than four axes, and `Select` has none (axes.ts).
// - webgl: `PadV2`, `Select` and `Slice` have no more than four axes, `Concat` six.
// - webgl: `BatchMatMul` along an odd size adds what stands behind the end (matmul.ts).
// - webgl: `Max` is at least -1e20, `Min` at most 1e20 (extremes.ts); 0 / 0 and ∞ / ∞ are 1.
// - wasm: log1p is the logarithm of a rounded 1 + a (6e-8 absolute, not relative to a).
// - wasm: `Relu` of a NaN is 0, and `Minimum` and `Maximum` with a NaN on the right give the left.
// - tensorflow: `Concat` takes no single part (copy.ts), `Pow` runs through tfjs' engine, and `GatherV2` reads its indices back
//   (tensorflow.ts).
import { at } from "../../base/invariant.ts";
import { broadcastShape, countOf } from "../../ops/nd.ts";
import type { TensorOps } from "../../ops/tensor-ops.ts";
import type { TfjsColumn } from "../../scalar/columns.ts";
import { SCALARS, type BinaryFunction } from "../../scalar/table.ts";
import { around, MOST_AXES } from "./axes.ts";
import { joiner, slicer } from "./copy.ts";
import { extreme, nearly } from "./extremes.ts";
import { matmul } from "./matmul.ts";
import { aligned } from "./pointwise.ts";
import { doublingScan } from "./prefix.ts";
import { sine } from "./sine.ts";
import { runningSum, sum } from "./sums.ts";
import type { Trace, Value } from "./trace.ts";

/** The least float32: stands for -∞ where a difference with -∞ would be NaN. */
const LEAST = -3.4028234663852886e38;

export function tfjsOps(trace: Trace): TensorOps<Value> {
  const isOnGpu = trace.device.name === "webgpu" || trace.device.name === "webgl";
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
    if (countOf(shape) === 0) return empty(shape);
    const { kernel, isComparison }: TfjsColumn = SCALARS[name].targets.tfjs;
    if (isComparison !== true) return aligned(trace, kernel, [a, b], "float32");
    const condition = aligned(trace, kernel, [a, b], "bool");
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
    const nothing = x.kind === "int32" ? trace.constant(new Int32Array(countOf(zeros)), zeros) : trace.filled(zeros, 0);
    return aligned(trace, "Add", [x, nothing], x.kind);
  };
  const cast = (x: Value, kind: "float32" | "int32"): Value => {
    if (x.kind === kind) return x;
    if (countOf(x.shape) === 0) return kind === "int32" ? trace.constant(new Int32Array(0), x.shape) : empty(x.shape);
    return trace.kernel("Cast", { x }, { dtype: kind }, { shape: x.shape, kind });
  };
  /** Over the last axis, which stays with size 1. */
  const kept = (line: Value, x: Value): Value => trace.view(line, x.shape.with(-1, 1));
  const greatest = (x: Value): Value => kept(nearly(trace, x, { kind: "Max", axes: [x.shape.length - 1] }), x);
  const total = (x: Value): Value => kept(sum(trace, x, [x.shape.length - 1]), x);
  const softmax = (x: Value): Value => {
    if (!isOnGpu) return float("Softmax", { logits: x }, x.shape, { dim: x.shape.length - 1 });
    const powers = float("Exp", { x: binary("sub", x, greatest(x)) }, x.shape);
    return binary("div", powers, total(powers));
  };
  const ops: TensorOps<Value> = {
    shape: (x) => x.shape,
    fill: (shape, value) => trace.filled(shape, value),
    fillInt: (shape, value) => trace.constant(new Int32Array(countOf(shape)).fill(value), shape),
    fromHost: (data, shape) => trace.constant(data.slice(), shape),
    unary: (name, x) => {
      const { kernel, onGpu }: TfjsColumn = SCALARS[name].targets.tfjs;
      return isOnGpu && onGpu !== undefined && countOf(x.shape) > 0
        ? sine(trace, x, onGpu)
        : float(kernel, { x }, x.shape);
    },
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
          : aligned(trace, "NotEqual", [condition, zeros], "bool");
      const few = isOnGpu && shape.length > MOST_AXES ? [countOf(shape)] : shape;
      const [t, e] = [trace.view(broadcastTo(a, shape), few), trace.view(broadcastTo(b, shape), few)];
      const inputs = { condition: trace.view(chosen, few), t, e };
      return trace.view(trace.kernel("Select", inputs, {}, { shape: few, kind: a.kind }), shape);
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
      if (!isOnGpu || x.shape.length <= MOST_AXES) return slice(trace, x, begin, size);
      return size.reduce((value, count, axis) => {
        if (value.shape[axis] === count) return value;
        const few = trace.view(value, around(value.shape, axis));
        const part = slice(trace, few, [0, begin[axis] ?? 0, 0], few.shape.with(1, count));
        return trace.view(part, value.shape.with(axis, count));
      }, x);
    },
    concat: (parts, axis) => {
      const full = parts.filter((part) => countOf(part.shape) > 0);
      const [one = parts[0] ?? empty([0])] = full;
      const size = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
      const shape = one.shape.with(axis, size);
      if (full.length <= 1) return trace.view(one, shape);
      if (!isOnGpu || shape.length <= MOST_AXES) return concat(trace, full, axis, shape);
      const few = full.map((part) => trace.view(part, around(part.shape, axis)));
      return trace.view(concat(trace, few, 1, around(shape, axis)), shape);
    },
    broadcastTo,
    pad: (x, before, after) => {
      const shape = x.shape.map((size, axis) => (before[axis] ?? 0) + size + (after[axis] ?? 0));
      if (countOf(x.shape) === 0) return trace.filled(shape, 0);
      const paddings = before.map((size, axis) => [size, after[axis] ?? 0]);
      if (!isOnGpu || shape.length <= MOST_AXES) return pad(trace, x, paddings);
      return paddings.reduce((value, [first = 0, last = 0], axis) => {
        if (first + last === 0) return value;
        const few = trace.view(value, around(value.shape, axis));
        const size = first + (value.shape[axis] ?? 1) + last;
        return trace.view(
          pad(trace, few, [
            [0, 0],
            [first, last],
            [0, 0],
          ]),
          value.shape.with(axis, size),
        );
      }, x);
    },
    reduce: (kind, x, axes) => {
      if (axes.length === 0) return x;
      const shape = x.shape.filter((_, axis) => !axes.includes(axis));
      if (countOf(x.shape) === 0)
        return trace.filled(shape, kind === "sum" ? 0 : kind === "max" ? -Infinity : Infinity);
      if (kind === "sum") return trace.view(sum(trace, cast(x, "float32"), axes), shape);
      return extreme(trace, x, { kind: kind === "max" ? "Max" : "Min", axes });
    },
    prefix: (x, axis, prefix) => {
      if (countOf(x.shape) === 0) return empty(x.shape);
      const { combine, reverse } = prefix;
      if (combine !== "add") return doublingScan(ops, x, axis, prefix);
      return isOnGpu
        ? runningSum(trace, x, axis, reverse)
        : float("Cumsum", { x }, x.shape, { axis, exclusive: false, reverse });
    },
    argmax: (x, axis) => {
      const shape = x.shape.toSpliced(axis, 1);
      if (countOf(x.shape) === 0) return trace.constant(new Int32Array(countOf(shape)), shape);
      // Of a single line webgpu gives [1].
      const lines = x.shape.length === 1 ? trace.view(x, [1, ...x.shape]) : x;
      const attributes = { axis: axis + lines.shape.length - x.shape.length };
      const kept = lines.shape.toSpliced(attributes.axis, 1);
      return trace.view(trace.kernel("ArgMax", { x: lines }, attributes, { shape: kept, kind: "int32" }), shape);
    },
    matmul: (a, b) => {
      const shape = [...a.shape.slice(0, -1), b.shape.at(-1) ?? 1];
      return countOf(shape) === 0 || a.shape.at(-1) === 0 ? trace.filled(shape, 0) : matmul(trace, a, b);
    },
    softmax: (x) => {
      if (countOf(x.shape) === 0) return x;
      // A line of nothing but -∞ has no softmax on tfjs; ours is 0, as padding needs it.
      const line = softmax(binary("max", x, trace.filled([], LEAST)));
      return binary("mul", line, binary("gt", x, trace.filled([], -Infinity)));
    },
    logsoftmax: (x) => {
      if (countOf(x.shape) === 0) return x;
      const shifted = binary("sub", x, greatest(x));
      return binary(
        "sub",
        shifted,
        float("Log", { x: total(float("Exp", { x: shifted }, x.shape)) }, x.shape.with(-1, 1)),
      );
    },
    gather: (table, indices) => {
      const [count, rows, rest] = [countOf(indices.shape), at(table.shape, 0, "gather"), table.shape.slice(1)];
      const shape = [...indices.shape, ...rest];
      if (countOf(shape) === 0 || rows === 0) return trace.filled(shape, 0);
      // Backends refuse an index outside, or read there: the nearest row is read, and zeros are taken.
      const given = cast(trace.view(indices, [count]), "float32");
      const limit = (value: number): Value => trace.filled([], value);
      const inside = binary("min", binary("max", given, limit(0)), limit(rows - 1));
      const inputs = { x: table, indices: cast(inside, "int32") };
      const found = float("GatherV2", inputs, [count, ...rest], { axis: 0, batchDims: 0 });
      const isRow = trace.view(binary("eq", inside, given), [count, ...rest.map(() => 1)]);
      return trace.view(ops.select(isRow, found, limit(0)), shape);
    },
    onehot: (indices, depth) => {
      const [shape, flat] = [
        [...indices.shape, depth],
        [countOf(indices.shape), depth],
      ];
      if (countOf(shape) === 0) return empty(shape);
      // Whatever type was asked for, on wasm the kernel writes integers and on webgpu floats.
      const kind = trace.device.view === null ? "float32" : "int32";
      const attributes = { depth, onValue: 1, offValue: 0, dtype: kind };
      const inputs = { indices: trace.view(indices, [countOf(indices.shape)]) };
      const ones = trace.kernel("OneHot", inputs, attributes, { shape: flat, kind });
      return trace.view(cast(ones, "float32"), shape);
    },
    toFloat: (x) => cast(x, "float32"),
    toInt: (x) => cast(x, "int32"),
  };
  return ops;
}

function slice(trace: Trace, x: Value, begin: readonly number[], size: readonly number[]): Value {
  const copy = slicer(trace.device, x.shape, begin, size);
  return trace.call(`slice ${begin.join()} ${size.join()}`, [x], size, (operands) => copy(at(operands, 0, "tfjs")));
}

function concat(trace: Trace, parts: readonly Value[], axis: number, shape: readonly number[]): Value {
  return trace.call(`concat ${axis} [${shape.join()}]`, parts, shape, joiner(trace.device, shape, axis));
}

function pad(trace: Trace, x: Value, paddings: readonly (readonly number[])[]): Value {
  const shape = x.shape.map((size, axis) => size + (paddings[axis] ?? []).reduce((sum, each) => sum + each, 0));
  const attributes = { paddings: paddings.map((each) => [...each]), constantValue: 0 };
  return trace.kernel("PadV2", { x }, attributes, { shape, kind: x.kind });
}
