// Maxima and minima over axes. On webgl the kernel starts from ±1e20 instead of ±∞, so it loses numbers beyond.
import { countOf } from "../../ops/nd.ts";
import type { Trace, Value } from "./trace.ts";

/** Divided by it, every float32 is below 1e20. Multiplied by it, 1e20 is ∞. */
const SCALE = 2 ** 64;

export interface Extreme {
  readonly kind: "Max" | "Min";
  readonly axes: readonly number[];
}

/** The extreme over some axes, which are removed. `x` is not empty. */
export function extreme(trace: Trace, x: Value, which: Extreme): Value {
  const plain = kernel(trace, x, which);
  if (trace.device.name !== "webgl") return plain;
  const bound = trace.filled([], which.kind === "Max" ? -1e20 : 1e20);
  const flat = (value: Value): Value => trace.view(value, [countOf(value.shape)]);
  const [inner, outer] = [flat(plain), flat(nearly(trace, x, which))];
  const { shape } = inner;
  const comparison = which.kind === "Max" ? "Greater" : "Less";
  const condition = trace.kernel(comparison, { a: inner, b: bound }, {}, { shape, kind: "bool" });
  const chosen = trace.kernel("Select", { condition, t: inner, e: outer }, {}, { shape, kind: "float32" });
  return trace.view(chosen, plain.shape);
}

/** As `extreme`, but a result below 2⁻⁶² may be 0. */
export function nearly(trace: Trace, x: Value, which: Extreme): Value {
  if (trace.device.name !== "webgl") return kernel(trace, x, which);
  const scaled = (value: Value, by: number): Value =>
    trace.kernel("Multiply", { a: value, b: trace.filled([], by) }, {}, { shape: value.shape, kind: "float32" });
  return scaled(kernel(trace, scaled(x, 1 / SCALE), which), SCALE);
}

function kernel(trace: Trace, x: Value, { kind, axes }: Extreme): Value {
  const shape = x.shape.filter((_, axis) => !axes.includes(axis));
  const attributes = { axis: [...axes], reductionIndices: [...axes], keepDims: false };
  return trace.kernel(kind, { x }, attributes, { shape, kind: "float32" });
}
