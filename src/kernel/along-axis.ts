// Records kernels along an axis: softmax, running results, the position of the greatest element.
import { at } from "../base/invariant.ts";
import { countOf } from "../ops/nd.ts";
import type { Prefix } from "../ops/tensor-ops.ts";
import { dense, float, matrix, reshape } from "./operand.ts";
import type { Trace } from "./trace.ts";
import type { View } from "./view.ts";

/** Along the last axis. */
export function softmax(trace: Trace, name: "softmax" | "logsoftmax", x: View): View {
  const n = x.shape.at(-1) ?? 1;
  const rows = countOf(x.shape.slice(0, -1));
  if (rows * n === 0) return trace.filled("float32", 0, x.shape);
  const lines = matrix(trace, x, rows, n);
  const task = { work: { name }, reads: [lines], flops: 4 * rows * n, granularity: 1, rowwise: [0] };
  return reshape(trace, trace.kernel(task, [rows, n], "float32", lines.batch), x.shape);
}

type AlongAxis = ({ readonly name: "prefix" } & Prefix) | { readonly name: "argmax" };

export function alongAxis(trace: Trace, what: AlongAxis, x: View, axis: number): View {
  const isKept = what.name === "prefix";
  const source = dense(trace, float(trace, x));
  const n = at(x.shape, axis, what.name);
  const result = isKept ? x.shape : x.shape.toSpliced(axis, 1);
  const [outer, inner] = [countOf(x.shape.slice(0, axis)), countOf(x.shape.slice(axis + 1))];
  const kind = isKept ? "float32" : "int32";
  if (outer * inner * n === 0) return trace.filled(kind, 0, result);
  const width = isKept ? n * inner : inner;
  const blocks = reshape(trace, source, [outer, n * inner]);
  const task = {
    work: { ...what, length: n, inner },
    reads: [blocks],
    flops: outer * n * inner,
    granularity: 1,
    rowwise: [0],
    writesDense: true,
  };
  return reshape(trace, trace.kernel(task, [outer, width], kind, blocks.batch), result);
}
