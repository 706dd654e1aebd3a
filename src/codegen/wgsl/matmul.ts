// Records products for a GPU: operands keep their strides, except a weight that a loop reads along its columns.
import { countOf } from "../../ops/nd.ts";
import { isInLoop, isUnit, type View } from "../../kernel/view.ts";
import type { Trace } from "../../kernel/trace.ts";

/** `[..., m, k] @ [..., k, n]`, of rank 2 or 3 with equal leading sizes. */
export function matmul(trace: Trace, a: View, b: View): View {
  const shape = [...a.shape.slice(0, -1), b.shape.at(-1) ?? 1];
  const depth = a.shape.at(-1) ?? 0;
  if (countOf(shape) === 0 || depth === 0) return trace.filled("float32", 0, shape);
  const isMany = a.shape.length === 3;
  const isWeight = trace.turns > 1 && !isInLoop(b) && !isUnit(b, b.shape.length - 1);
  const task = {
    work: { name: "product" as const },
    reads: [a, isWeight ? trace.dense(b) : b],
    sumsOnto: !isMany,
    flops: 2 * countOf(shape) * depth,
    granularity: 1,
    rowwise: isMany ? [0, 1] : [0],
  };
  return trace.kernel(task, shape, "float32", isMany ? batchOf(a, b) : a.batch);
}

/** Of a batch of products. An operand whose axis 0 is not known to be of examples, as a memory that came by time, has the other's. */
function batchOf(a: View, b: View): number {
  if (a.batch === 0 || b.batch === 0) return Math.max(a.batch, b.batch);
  return a.batch === b.batch ? a.batch : 0;
}
