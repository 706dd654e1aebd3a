// What the op table's rows lower to here: views where a view will do, element-wise functions to be fused, and our kernels.
import { at } from "../base/invariant.ts";
import { broadcastShape, countOf } from "../ops/nd.ts";
import type { Prefix, TensorOps } from "../ops/tensor-ops.ts";
import { reduce } from "./reduce.ts";
import type { Trace } from "./trace.ts";
import { broadcast, isDense, isSame, reshaped, sliced, transposed, type View } from "./view.ts";

/** Records `[..., m, k] @ [..., k, n]`, of rank 2 or 3 with equal leading sizes, as a target likes it. */
export type Matmul = (trace: Trace, a: View, b: View) => View;

type AlongAxis = ({ readonly name: "prefix" } & Prefix) | { readonly name: "argmax" };

export function kernelOps(trace: Trace, matmul: Matmul): TensorOps<View> {
  const reshape = (x: View, shape: readonly number[]): View =>
    reshaped(x, shape) ?? reshaped(trace.dense(x), shape) ?? x;
  const dense = (x: View): View => (isDense(x) ? x : trace.dense(x));
  const float = (x: View): View =>
    x.storage.kind === "float32" ? x : trace.map({ kind: "convert", to: "float", x: 0 }, [x], x.shape, "float32");

  /** A kernel on lines of the last axis, `[rows, n]` to `[rows, n]`. */
  const alongLast = (name: "softmax" | "logsoftmax", x: View): View => {
    const n = x.shape.at(-1) ?? 1;
    const rows = countOf(x.shape.slice(0, -1));
    if (rows * n === 0) return trace.filled("float32", 0, x.shape);
    const flat = reshaped(x, [rows, n]);
    const lines = flat !== undefined && (n === 1 || flat.strides[1] === 1) ? flat : reshape(trace.dense(x), [rows, n]);
    const task = { work: { name }, reads: [lines], flops: 4 * rows * n, granularity: 1, rowwise: [0] };
    return reshape(trace.kernel(task, [rows, n], "float32", lines.batch), x.shape);
  };

  /** A kernel along any axis of a dense array. */
  const alongAxis = (what: AlongAxis, x: View, axis: number): View => {
    const isKept = what.name === "prefix";
    const source = dense(float(x));
    const n = at(x.shape, axis, what.name);
    const result = isKept ? x.shape : x.shape.toSpliced(axis, 1);
    const [outer, inner] = [countOf(x.shape.slice(0, axis)), countOf(x.shape.slice(axis + 1))];
    const kind = isKept ? "float32" : "int32";
    if (outer * inner * n === 0) return trace.filled(kind, 0, result);
    const width = isKept ? n * inner : inner;
    const blocks = reshape(source, [outer, n * inner]);
    const task = {
      work: { ...what, length: n, inner },
      reads: [blocks],
      flops: outer * n * inner,
      granularity: 1,
      rowwise: [0],
      writesDense: true,
    };
    return reshape(trace.kernel(task, [outer, width], kind, blocks.batch), result);
  };

  return {
    shape: (x) => x.shape,
    fill: (shape, value) => trace.filled("float32", value, shape),
    fillInt: (shape, value) => trace.filled("int32", value, shape),
    fromHost: (data, shape) => trace.constant(data.slice(), shape),
    unary: (name, x) => trace.map({ kind: "unary", name, x: 0 }, [float(x)], x.shape, "float32"),
    binary: (name, a, b) => {
      const shape = broadcastShape(a.shape, b.shape);
      const reads = [a, b].map((x) => broadcast(float(x), shape));
      return trace.map({ kind: "binary", name, a: 0, b: 1 }, reads, shape, "float32");
    },
    select: (condition, a, b) => {
      const shape = broadcastShape(condition.shape, broadcastShape(a.shape, b.shape));
      const kind = a.storage.kind === "int32" && b.storage.kind === "int32" ? "int32" : "float32";
      const chosen = kind === "int32" ? [a, b] : [float(a), float(b)];
      const reads = [float(condition), ...chosen].map((x) => broadcast(x, shape));
      return trace.map({ kind: "select", condition: 0, a: 1, b: 2 }, reads, shape, kind);
    },
    reshape,
    transpose: transposed,
    slice: sliced,
    concat: (parts, axis) => {
      const size = parts.reduce((sum, part) => sum + at(part.shape, axis, "concat"), 0);
      const shape = at(parts, 0, "concat").shape.with(axis, size);
      const { kind } = at(parts, 0, "concat").storage;
      const batch = axis > 0 ? parts.reduce((most, part) => Math.max(most, part.batch), 0) : 0;
      const whole = trace.takeHome(shape) ?? trace.room(parts, shape, kind, batch);
      let from = 0;
      for (const part of parts) {
        const place = sliced(
          whole,
          shape.map((_, each) => (each === axis ? from : 0)),
          part.shape,
        );
        if (!isSame(place, part)) trace.copy(part, { ...place, batch: part.batch });
        from += at(part.shape, axis, "concat");
      }
      return { ...whole, batch };
    },
    broadcastTo: broadcast,
    pad: (x, before, after) => {
      const shape = x.shape.map((size, axis) => size + at(before, axis, "pad") + at(after, axis, "pad"));
      const whole = trace.room([x], shape, x.storage.kind, x.batch);
      const zeros = trace.filled(x.storage.kind, 0, []);
      // What stands before and behind along each axis, between what the axes before have filled already.
      const [from, size] = [shape.map(() => 0), [...shape]];
      shape.forEach((total, axis) => {
        const [head, tail] = [at(before, axis, "pad"), at(after, axis, "pad")];
        for (const [start, length] of [
          [0, head],
          [total - tail, tail],
        ] as const) {
          const slab = sliced(whole, from.with(axis, start), size.with(axis, length));
          if (countOf(slab.shape) > 0) trace.fill(slab, broadcast(zeros, slab.shape), x);
        }
        from[axis] = head;
        size[axis] = at(x.shape, axis, "pad");
      });
      trace.copy(x, {
        ...sliced(whole, from, size),
        batch: at(before, 0, "pad") + at(after, 0, "pad") === 0 ? x.batch : 0,
      });
      return whole;
    },
    reduce: (kind, x, axes) => reduce(trace, kind, float(x), axes),
    prefix: (x, axis, prefix) => alongAxis({ name: "prefix", ...prefix }, x, axis),
    argmax: (x, axis) => alongAxis({ name: "argmax" }, x, axis),
    matmul: (a, b) => matmul(trace, a, b),
    softmax: (x) => alongLast("softmax", x),
    logsoftmax: (x) => alongLast("logsoftmax", x),
    gather: (table, indices) => {
      const rest = table.shape.slice(1);
      const [width, count] = [countOf(rest), countOf(indices.shape)];
      const shape = [...indices.shape, ...rest];
      if (width * count === 0) return trace.filled("float32", 0, shape);
      const flat = reshaped(table, [table.shape[0] ?? 0, width]);
      const rows =
        flat !== undefined && (width === 1 || flat.strides[1] === 1)
          ? flat
          : reshape(dense(table), [table.shape[0] ?? 0, width]);
      const list = reshape(dense(indices), [count]);
      const task = { work: { name: "gather" as const }, reads: [rows, list], flops: 0, granularity: 1, rowwise: [1] };
      return reshape(trace.kernel(task, [count, width], "float32", list.batch), shape);
    },
    onehot: (indices, depth) => {
      const count = countOf(indices.shape);
      const shape = [...indices.shape, depth];
      if (count * depth === 0) return trace.filled("float32", 0, shape);
      const list = reshape(dense(indices), [count]);
      const shared = { flops: 0, granularity: 1, rowwise: [0], writesDense: true };
      const task = { work: { name: "onehot" as const }, reads: [list], ...shared };
      return reshape(trace.kernel(task, [count, depth], "float32", list.batch), shape);
    },
    toFloat: float,
    toInt: (x) =>
      x.storage.kind === "int32" ? x : trace.map({ kind: "convert", to: "int", x: 0 }, [x], x.shape, "int32"),
  };
}
