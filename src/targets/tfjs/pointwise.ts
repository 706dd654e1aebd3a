// Kernels of two operands with broadcasting, for any number of axes.
import { broadcastShape } from "../../ops/nd.ts";
import { around, merged, MOST_AXES, MOST_AXES_ON_HOST } from "./axes.ts";
import type { Kind } from "./device.ts";
import type { Trace, Value } from "./trace.ts";

/** Runs a kernel of two operands, with numpy's broadcasting. The result is not empty. */
export function aligned(trace: Trace, name: string, [a, b]: readonly [Value, Value], kind: Kind): Value {
  const shape = broadcastShape(a.shape, b.shape);
  const most = trace.device.view === null ? MOST_AXES : MOST_AXES_ON_HOST;
  if (shape.length <= most) return trace.kernel(name, { a, b }, {}, { shape, kind });
  const few = merged(a.shape, b.shape, shape);
  const isFew = few.shape.length <= MOST_AXES;
  const whole = [few.shape.reduce((product, size) => product * size, 1)];
  const inputs = isFew
    ? { a: trace.view(a, few.a), b: trace.view(b, few.b) }
    : { a: trace.view(repeated(trace, a, shape), whole), b: trace.view(repeated(trace, b, shape), whole) };
  return trace.view(trace.kernel(name, inputs, {}, { shape: isFew ? few.shape : whole, kind }), shape);
}

/** Repeats a value along axes of size 1 and along new axes on the left, axis by axis. */
function repeated(trace: Trace, x: Value, shape: readonly number[]): Value {
  const missing = shape.length - x.shape.length;
  const start = trace.view(x, [...shape.slice(0, missing).map(() => 1), ...x.shape]);
  return shape.reduce((value, size, axis) => {
    if (value.shape[axis] === size) return value;
    const zeros =
      value.kind === "int32" ? trace.constant(new Int32Array(size), [1, size, 1]) : trace.filled([1, size, 1], 0);
    const inputs = { a: trace.view(value, around(value.shape, axis)), b: zeros };
    const next = value.shape.with(axis, size);
    return trace.view(trace.kernel("Add", inputs, {}, { shape: around(next, axis), kind: value.kind }), next);
  }, start);
}
