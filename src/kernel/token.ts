// Records kernels of tokens: rows of a table, and one-hot rows.
import { countOf } from "../ops/nd.ts";
import { dense, matrix, reshape } from "./operand.ts";
import type { Trace } from "./trace.ts";
import type { View } from "./view.ts";

export function gather(trace: Trace, table: View, indices: View): View {
  const rest = table.shape.slice(1);
  const [width, count] = [countOf(rest), countOf(indices.shape)];
  const shape = [...indices.shape, ...rest];
  if (width * count === 0) return trace.filled("float32", 0, shape);
  const rows = matrix(trace, table, table.shape[0] ?? 0, width);
  const list = reshape(trace, dense(trace, indices), [count]);
  const task = { work: { name: "gather" as const }, reads: [rows, list], flops: 0, granularity: 1, rowwise: [1] };
  return reshape(trace, trace.kernel(task, [count, width], "float32", list.batch), shape);
}

export function onehot(trace: Trace, indices: View, depth: number): View {
  const count = countOf(indices.shape);
  const shape = [...indices.shape, depth];
  if (count * depth === 0) return trace.filled("float32", 0, shape);
  const list = reshape(trace, dense(trace, indices), [count]);
  const shared = { flops: 0, granularity: 1, rowwise: [0], writesDense: true };
  const task = { work: { name: "onehot" as const }, reads: [list], ...shared };
  return reshape(trace, trace.kernel(task, [count, depth], "float32", list.batch), shape);
}
