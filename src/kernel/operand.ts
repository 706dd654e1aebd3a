// Operands in the form that a kernel takes.
import type { Trace } from "./trace.ts";
import { isDense, reshaped, type View } from "./view.ts";

/** The same elements under another shape, copied where strides do not allow a view. */
export function reshape(trace: Trace, x: View, shape: readonly number[]): View {
  return reshaped(x, shape) ?? reshaped(trace.dense(x), shape) ?? x;
}

/** The same elements in row-major order, without gaps. */
export function dense(trace: Trace, x: View): View {
  return isDense(x) ? x : trace.dense(x);
}

export function float(trace: Trace, x: View): View {
  return x.storage.kind === "float32" ? x : trace.map({ kind: "convert", to: "float", x: 0 }, [x], x.shape, "float32");
}

/** As a matrix `[rows, columns]` whose rows have no gaps between their elements. */
export function matrix(trace: Trace, x: View, rows: number, columns: number): View {
  const flat = reshaped(x, [rows, columns]);
  const isMatrix = flat !== undefined && (columns === 1 || flat.strides[1] === 1);
  return isMatrix ? flat : reshape(trace, dense(trace, x), [rows, columns]);
}
