// Functions of elements on tfjs, with broadcasting and casts. Where a result is empty, no kernel runs.
import { broadcastShape, countOf } from "../../ops/nd.ts";
import type { TensorOps } from "../../ops/tensor-ops.ts";
import type { TfjsColumn } from "../../scalar/columns.ts";
import { SCALARS, type BinaryFunction } from "../../scalar/table.ts";
import { MOST_AXES } from "./axes.ts";
import { isGpu } from "./device.ts";
import { aligned } from "./pointwise.ts";
import { sine } from "./sine.ts";
import type { Trace, Value } from "./trace.ts";

export type ElementwiseOps = Pick<
  TensorOps<Value>,
  "unary" | "binary" | "select" | "broadcastTo" | "toFloat" | "toInt"
>;

export function elementwiseOps(trace: Trace): ElementwiseOps {
  /** The booleans behind the floats of each comparison, by the slot of the floats. */
  const booleans = new Map<number, Value>();
  return {
    unary: (name, x) => {
      const { kernel, onGpu }: TfjsColumn = SCALARS[name].targets.tfjs;
      return isGpu(trace.device) && onGpu !== undefined && countOf(x.shape) > 0
        ? sine(trace, x, onGpu)
        : trace.float(kernel, { x }, x.shape);
    },
    binary: (name, a, b) => {
      const { floats, condition } = binary(trace, name, a, b);
      if (condition !== undefined) booleans.set(floats.slot, condition);
      return floats;
    },
    select: (condition, a, b) => select(trace, { floats: condition, condition: booleans.get(condition.slot) }, a, b),
    broadcastTo: (x, shape) => broadcastTo(trace, x, shape),
    toFloat: (x) => cast(trace, x, "float32"),
    toInt: (x) => cast(trace, x, "int32"),
  };
}

/** A result as floats. For a comparison, `condition` is the same as booleans. */
interface Result {
  readonly floats: Value;
  readonly condition: Value | undefined;
}

function binary(trace: Trace, name: BinaryFunction, a: Value, b: Value): Result {
  const shape = broadcastShape(a.shape, b.shape);
  if (countOf(shape) === 0) return { floats: trace.filled(shape, 0), condition: undefined };
  const { kernel, isComparison }: TfjsColumn = SCALARS[name].targets.tfjs;
  if (isComparison !== true) return { floats: aligned(trace, kernel, [a, b], "float32"), condition: undefined };
  const condition = aligned(trace, kernel, [a, b], "bool");
  return { floats: trace.float("Cast", { x: condition }, shape, { dtype: "float32" }), condition };
}

function select(trace: Trace, { floats, condition }: Result, a: Value, b: Value): Value {
  const shape = broadcastShape(floats.shape, broadcastShape(a.shape, b.shape));
  if (countOf(shape) === 0) return trace.filled(shape, 0);
  const missing = shape.length - floats.shape.length;
  const zeros = trace.filled(
    shape.map((size, axis) => (floats.shape[axis - missing] === size ? 1 : size)),
    0,
  );
  const chosen =
    condition !== undefined && condition.shape.join() === shape.join()
      ? condition
      : aligned(trace, "NotEqual", [floats, zeros], "bool");
  const few = isGpu(trace.device) && shape.length > MOST_AXES ? [countOf(shape)] : shape;
  const branch = (x: Value): Value => trace.view(broadcastTo(trace, x, shape), few);
  const [t, e] = [branch(a), branch(b)];
  const inputs = { condition: trace.view(chosen, few), t, e };
  return trace.view(trace.kernel("Select", inputs, {}, { shape: few, kind: a.kind }), shape);
}

function broadcastTo(trace: Trace, x: Value, shape: readonly number[]): Value {
  if (countOf(shape) === 0) return trace.filled(shape, 0);
  if (x.shape.join() === shape.join()) return x;
  // Adding zeros is 60 times faster than `Tile` on wasm.
  const missing = shape.length - x.shape.length;
  const sizes = shape.map((size, axis) => (x.shape[axis - missing] === size ? 1 : size));
  const zeros = x.kind === "int32" ? trace.constant(new Int32Array(countOf(sizes)), sizes) : trace.filled(sizes, 0);
  return aligned(trace, "Add", [x, zeros], x.kind);
}

function cast(trace: Trace, x: Value, kind: "float32" | "int32"): Value {
  if (x.kind === kind) return x;
  if (countOf(x.shape) > 0) return trace.kernel("Cast", { x }, { dtype: kind }, { shape: x.shape, kind });
  return kind === "int32" ? trace.constant(new Int32Array(0), x.shape) : trace.filled(x.shape, 0);
}
