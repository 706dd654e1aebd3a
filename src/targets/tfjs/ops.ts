// The ops that rows are lowered to, on tfjs. They use kernels that all backends have, and compositions where a backend has no kernel
// or a wrong one.
// A kernel never gets an empty array: several kernels leave the results of its reductions uninitialised.
//
// Faults of the kernels:
// - GPUs: sine and cosine are only exact to 5e-4 (sine.ts), and infinities and NaN are not guaranteed: on SwiftShader log 0 is -88.
// - webgpu: `Cumsum` has the length in its code but not in the key under which the code is cached.
// - webgpu: `Softmax` of a line of the least numbers is NaN; the sigmoid of a NaN is 0; `OneHot` writes floats only.
// - webgpu: `PadV2`, and pointwise kernels with a vector, are wrong for more than four axes, and `Select` has none (axes.ts).
// - webgl: `PadV2`, `Select` and `Slice` have no more than four axes, `Concat` six.
// - webgl: `BatchMatMul` along an odd size also adds numbers from behind the end (matmul.ts).
// - webgl: `Max` is at least -1e20, `Min` at most 1e20 (extremes.ts); 0 / 0 and ∞ / ∞ are 1.
// - wasm: log1p is the logarithm of a rounded 1 + a (an error of 6e-8, not relative to a).
// - wasm: `Relu` of a NaN is 0, and `Minimum` and `Maximum` with a NaN on the right return the left.
// - tensorflow: `Concat` fails for a single part (copy.ts), `Pow` runs through tfjs' engine, and `GatherV2` reads its indices back
//   (tensorflow.ts).
import { countOf } from "../../ops/nd.ts";
import type { TensorOps } from "../../ops/tensor-ops.ts";
import { isGpu } from "./device.ts";
import { elementwiseOps } from "./elementwise.ts";
import { lookupOps } from "./lookups.ts";
import { matmul } from "./matmul.ts";
import { movementOps } from "./movement.ts";
import { doublingScan } from "./prefix.ts";
import { reductionOps } from "./reductions.ts";
import { runningSum } from "./sums.ts";
import type { Trace, Value } from "./trace.ts";

export function tfjsOps(trace: Trace): TensorOps<Value> {
  const elementwise = elementwiseOps(trace);
  const ops: TensorOps<Value> = {
    shape: (x) => x.shape,
    fill: (shape, value) => trace.filled(shape, value),
    fillInt: (shape, value) => trace.constant(new Int32Array(countOf(shape)).fill(value), shape),
    fromHost: (data, shape) => trace.constant(data.slice(), shape),
    ...elementwise,
    ...movementOps(trace),
    ...reductionOps(trace, elementwise),
    ...lookupOps(trace, elementwise),
    prefix: (x, axis, prefix) => {
      if (countOf(x.shape) === 0) return trace.filled(x.shape, 0);
      const { combine, reverse } = prefix;
      if (combine !== "add") return doublingScan(ops, x, axis, prefix);
      return isGpu(trace.device)
        ? runningSum(trace, x, axis, reverse)
        : trace.float("Cumsum", { x }, x.shape, { axis, exclusive: false, reverse });
    },
    argmax: (x, axis) => {
      const shape = x.shape.toSpliced(axis, 1);
      if (countOf(x.shape) === 0) return trace.constant(new Int32Array(countOf(shape)), shape);
      // For a single line webgpu returns [1].
      const lines = x.shape.length === 1 ? trace.view(x, [1, ...x.shape]) : x;
      const attributes = { axis: axis + lines.shape.length - x.shape.length };
      const kept = lines.shape.toSpliced(attributes.axis, 1);
      return trace.view(trace.kernel("ArgMax", { x: lines }, attributes, { shape: kept, kind: "int32" }), shape);
    },
    matmul: (a, b) => {
      const shape = [...a.shape.slice(0, -1), b.shape.at(-1) ?? 1];
      return countOf(shape) === 0 || a.shape.at(-1) === 0 ? trace.filled(shape, 0) : matmul(trace, a, b);
    },
  };
  return ops;
}
