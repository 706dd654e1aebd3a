// What rows of the op table lower to on targets that generate code: views where possible, functions of elements that `fuse.ts` joins,
// and kernels.
import type { TensorOps } from "../ops/tensor-ops.ts";
import { alongAxis, softmax } from "./along-axis.ts";
import { concat, pad } from "./join.ts";
import { float, reshape } from "./operand.ts";
import { pointwiseOps } from "./pointwise.ts";
import { reduce } from "./reduce.ts";
import { gather, onehot } from "./token.ts";
import type { Trace } from "./trace.ts";
import { broadcast, sliced, transposed, type View } from "./view.ts";

/** Records `[..., m, k] @ [..., k, n]`, of rank 2 or 3 with equal leading sizes, in a form that the target has a kernel for. */
export type Matmul = (trace: Trace, a: View, b: View) => View;

export function kernelOps(trace: Trace, matmul: Matmul): TensorOps<View> {
  return {
    shape: (x) => x.shape,
    fill: (shape, value) => trace.filled("float32", value, shape),
    fillInt: (shape, value) => trace.filled("int32", value, shape),
    fromHost: (data, shape) => trace.constant(data.slice(), shape),
    ...pointwiseOps(trace),
    reshape: (x, shape) => reshape(trace, x, shape),
    transpose: transposed,
    slice: sliced,
    concat: (parts, axis) => concat(trace, parts, axis),
    broadcastTo: broadcast,
    pad: (x, before, after) => pad(trace, x, before, after),
    reduce: (kind, x, axes) => reduce(trace, kind, float(trace, x), axes),
    prefix: (x, axis, prefix) => alongAxis(trace, { name: "prefix", ...prefix }, x, axis),
    argmax: (x, axis) => alongAxis(trace, { name: "argmax" }, x, axis),
    matmul: (a, b) => matmul(trace, a, b),
    softmax: (x) => softmax(trace, "softmax", x),
    logsoftmax: (x) => softmax(trace, "logsoftmax", x),
    gather: (table, indices) => gather(trace, table, indices),
    onehot: (indices, depth) => onehot(trace, indices, depth),
  };
}
