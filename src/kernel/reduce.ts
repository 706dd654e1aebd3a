// Records reductions: those of empty arrays are constants, those over axes of size 1 are views.
import { at } from "../base/invariant.ts";
import { countOf } from "../ops/nd.ts";
import type { Reduction } from "./task.ts";
import type { Trace } from "./trace.ts";
import { reshaped, type View } from "./view.ts";

export function reduce(trace: Trace, reduction: Reduction, x: View, axes: readonly number[]): View {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const shape = kept.map((axis) => at(x.shape, axis, "reduce"));
  const identity = { sum: 0, max: -Infinity, min: Infinity }[reduction];
  if (countOf(x.shape) === 0) return trace.filled("float32", identity, shape);
  if (axes.every((axis) => x.shape[axis] === 1)) {
    const same = reshaped(x, shape);
    if (same !== undefined) return same;
  }
  const task = {
    work: { name: reduction, kept, gone: axes },
    reads: [x],
    flops: countOf(x.shape),
    granularity: kept.length === 0 ? 0 : shape.length === 1 ? 16 : 1,
    rowwise: kept[0] === 0 ? [0] : [],
  };
  return trace.kernel(task, shape, "float32", kept[0] === 0 ? x.batch : 0);
}
