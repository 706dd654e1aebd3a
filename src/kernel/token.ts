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
  const rows = trace.kernel(task, [count, depth], "float32", list.batch);
  trace.noteTokens(rows, list);
  return reshape(trace, rows, shape);
}

/** The product of transposed one-hot rows `[depth, count]` of tokens with rows `[count, width]`: rows are added where their token is. */
export function scatter(trace: Trace, tokens: View, depth: number, rows: View): View {
  const shape = [depth, rows.shape[1] ?? 0];
  const divided = { granularity: 16, extent: rows.shape[1] ?? 0 };
  const work = { name: "scatter" as const };
  const task = { work, reads: [tokens, rows], flops: countOf(rows.shape), rowwise: [], ...divided };
  return trace.kernel(task, shape, "float32", 0);
}
