// Reductions over axes, and softmax along the last one, on tfjs.
import { countOf } from "../../ops/nd.ts";
import type { TensorOps } from "../../ops/tensor-ops.ts";
import { isGpu } from "./device.ts";
import type { ElementwiseOps } from "./elementwise.ts";
import { extreme, nearly } from "./extremes.ts";
import { sum } from "./sums.ts";
import type { Trace, Value } from "./trace.ts";

type ReductionOps = Pick<TensorOps<Value>, "reduce" | "softmax" | "logsoftmax">;

/** The least float32. It is used for -∞ where a difference with -∞ would be NaN. */
const LEAST = -3.4028234663852886e38;

export function reductionOps(trace: Trace, elementwise: ElementwiseOps): ReductionOps {
  const { binary, toFloat } = elementwise;
  return {
    reduce: (kind, x, axes) => {
      if (axes.length === 0) return x;
      const shape = x.shape.filter((_, axis) => !axes.includes(axis));
      if (countOf(x.shape) === 0)
        return trace.filled(shape, kind === "sum" ? 0 : kind === "max" ? -Infinity : Infinity);
      if (kind === "sum") return trace.view(sum(trace, toFloat(x), axes), shape);
      return extreme(trace, x, { kind: kind === "max" ? "Max" : "Min", axes });
    },
    softmax: (x) => {
      if (countOf(x.shape) === 0) return x;
      // tfjs has no softmax for a line that is -∞ everywhere. Ours is 0, which padding needs.
      const line = finiteSoftmax(trace, elementwise, binary("max", x, trace.filled([], LEAST)));
      return binary("mul", line, binary("gt", x, trace.filled([], -Infinity)));
    },
    logsoftmax: (x) => {
      if (countOf(x.shape) === 0) return x;
      const shifted = binary("sub", x, lineMaximum(trace, x));
      const total = lineSum(trace, trace.float("Exp", { x: shifted }, x.shape));
      return binary("sub", shifted, trace.float("Log", { x: total }, total.shape));
    },
  };
}

function finiteSoftmax(trace: Trace, { binary }: ElementwiseOps, x: Value): Value {
  if (!isGpu(trace.device)) return trace.float("Softmax", { logits: x }, x.shape, { dim: x.shape.length - 1 });
  const powers = trace.float("Exp", { x: binary("sub", x, lineMaximum(trace, x)) }, x.shape);
  return binary("div", powers, lineSum(trace, powers));
}

/** `[..., n]` to `[..., 1]`. */
function lineMaximum(trace: Trace, x: Value): Value {
  return trace.view(nearly(trace, x, { kind: "Max", axes: [x.shape.length - 1] }), x.shape.with(-1, 1));
}

/** `[..., n]` to `[..., 1]`. */
function lineSum(trace: Trace, x: Value): Value {
  return trace.view(sum(trace, x, [x.shape.length - 1]), x.shape.with(-1, 1));
}
