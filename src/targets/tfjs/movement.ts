// Reshapes, transpositions, slices, joins and padding on tfjs. On a GPU, arrays of more than four axes are handled axis by axis (axes.ts).
import { at } from "../../base/invariant.ts";
import { countOf } from "../../ops/nd.ts";
import type { TensorOps } from "../../ops/tensor-ops.ts";
import { around, MOST_AXES } from "./axes.ts";
import { joiner, slicer } from "./copy.ts";
import { isGpu } from "./device.ts";
import type { Trace, Value } from "./trace.ts";

type MovementOps = Pick<TensorOps<Value>, "reshape" | "transpose" | "slice" | "concat" | "pad">;

export function movementOps(trace: Trace): MovementOps {
  return {
    reshape: (x, shape) => trace.view(x, shape),
    transpose: (x, order) => transpose(trace, x, order),
    slice: (x, begin, size) => slice(trace, x, begin, size),
    concat: (parts, axis) => concat(trace, parts, axis),
    pad: (x, before, after) => pad(trace, x, before, after),
  };
}

/** Whether the kernels of a device handle all axes of an array at once. */
function isDirect(trace: Trace, { length }: readonly number[]): boolean {
  return !isGpu(trace.device) || length <= MOST_AXES;
}

function transpose(trace: Trace, x: Value, order: readonly number[]): Value {
  const shape = order.map((axis) => x.shape[axis] ?? 1);
  const long = order.filter((axis) => x.shape[axis] !== 1);
  if (countOf(shape) === 0 || long.every((axis, index) => index === 0 || axis > (long[index - 1] ?? 0)))
    return trace.view(x, shape);
  return trace.kernel("Transpose", { x }, { perm: [...order] }, { shape, kind: x.kind });
}

function slice(trace: Trace, x: Value, begin: readonly number[], size: readonly number[]): Value {
  if (x.shape.join() === size.join()) return x;
  if (countOf(size) === 0) return trace.filled(size, 0);
  if (isDirect(trace, x.shape)) return sliceDirectly(trace, x, begin, size);
  return size.reduce((value, count, axis) => {
    if (value.shape[axis] === count) return value;
    const few = trace.view(value, around(value.shape, axis));
    const part = sliceDirectly(trace, few, [0, begin[axis] ?? 0, 0], few.shape.with(1, count));
    return trace.view(part, value.shape.with(axis, count));
  }, x);
}

function sliceDirectly(trace: Trace, x: Value, begin: readonly number[], size: readonly number[]): Value {
  const copy = slicer(trace.device, x.shape, begin, size);
  return trace.call(`slice ${begin.join()} ${size.join()}`, [x], size, (operands) => copy(at(operands, 0, "tfjs")));
}

function concat(trace: Trace, parts: readonly Value[], axis: number): Value {
  const full = parts.filter((part) => countOf(part.shape) > 0);
  const [one = parts[0] ?? trace.filled([0], 0)] = full;
  const size = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
  const shape = one.shape.with(axis, size);
  if (full.length <= 1) return trace.view(one, shape);
  if (isDirect(trace, shape)) return concatDirectly(trace, full, axis, shape);
  const few = full.map((part) => trace.view(part, around(part.shape, axis)));
  return trace.view(concatDirectly(trace, few, 1, around(shape, axis)), shape);
}

function concatDirectly(trace: Trace, parts: readonly Value[], axis: number, shape: readonly number[]): Value {
  return trace.call(`concat ${axis} [${shape.join()}]`, parts, shape, joiner(trace.device, shape, axis));
}

function pad(trace: Trace, x: Value, before: readonly number[], after: readonly number[]): Value {
  const shape = x.shape.map((size, axis) => (before[axis] ?? 0) + size + (after[axis] ?? 0));
  if (countOf(x.shape) === 0) return trace.filled(shape, 0);
  const paddings = before.map((size, axis) => [size, after[axis] ?? 0]);
  if (isDirect(trace, shape)) return padDirectly(trace, x, paddings);
  return paddings.reduce((value, [first = 0, last = 0], axis) => {
    if (first + last === 0) return value;
    const few = trace.view(value, around(value.shape, axis));
    const sides = [0, 1, 2].map((each) => (each === 1 ? [first, last] : [0, 0]));
    const size = first + (value.shape[axis] ?? 1) + last;
    return trace.view(padDirectly(trace, few, sides), value.shape.with(axis, size));
  }, x);
}

function padDirectly(trace: Trace, x: Value, paddings: readonly (readonly number[])[]): Value {
  const shape = x.shape.map((size, axis) => size + (paddings[axis] ?? []).reduce((sum, each) => sum + each, 0));
  const attributes = { paddings: paddings.map((each) => [...each]), constantValue: 0 };
  return trace.kernel("PadV2", { x }, attributes, { shape, kind: x.kind });
}
