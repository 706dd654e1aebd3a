// Records element-wise functions one by one; `fuse.ts` joins them.
import { broadcastShape } from "../ops/nd.ts";
import type { TensorOps } from "../ops/tensor-ops.ts";
import { float } from "./operand.ts";
import type { Trace } from "./trace.ts";
import { broadcast, type View } from "./view.ts";

export type PointwiseOps = Pick<TensorOps<View>, "unary" | "binary" | "select" | "toFloat" | "toInt">;

export function pointwiseOps(trace: Trace): PointwiseOps {
  return {
    unary: (name, x) => trace.map({ kind: "unary", name, x: 0 }, [float(trace, x)], x.shape, "float32"),
    binary: (name, a, b) => {
      const shape = broadcastShape(a.shape, b.shape);
      const reads = [a, b].map((x) => broadcast(float(trace, x), shape));
      return trace.map({ kind: "binary", name, a: 0, b: 1 }, reads, shape, "float32");
    },
    select: (condition, a, b) => {
      const shape = broadcastShape(condition.shape, broadcastShape(a.shape, b.shape));
      const kind = a.storage.kind === "int32" && b.storage.kind === "int32" ? "int32" : "float32";
      const chosen = kind === "int32" ? [a, b] : [float(trace, a), float(trace, b)];
      const reads = [float(trace, condition), ...chosen].map((x) => broadcast(x, shape));
      return trace.map({ kind: "select", condition: 0, a: 1, b: 2 }, reads, shape, kind);
    },
    toFloat: (x) => float(trace, x),
    toInt: (x) =>
      x.storage.kind === "int32" ? x : trace.map({ kind: "convert", to: "int", x: 0 }, [x], x.shape, "int32"),
  };
}
