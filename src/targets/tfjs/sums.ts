// Sums over axes and prefix sums, as products with ones where those are faster, or where the kernel is wrong.
import { countOf } from "../../ops/nd.ts";
import { matmul } from "./matmul.ts";
import type { Trace, Value } from "./trace.ts";

/**
 * Sums neighbouring axes one group at a time, from the last. If other axes follow, this is a product with ones: the
 * gradient of a bias, [2048, 512] over the first axis, takes 0.11 ms on wasm instead of 3.8.
 */
export function sum(trace: Trace, x: Value, axes: readonly number[]): Value {
  const last = Math.max(...axes);
  let first = last;
  while (axes.includes(first - 1)) first -= 1;
  const [outer, count, inner] = [
    x.shape.slice(0, first),
    countOf(x.shape.slice(first, last + 1)),
    x.shape.slice(last + 1),
  ];
  const [rows, columns] = [countOf(outer), countOf(inner)];
  const kind = "float32";
  const summed =
    columns === 1
      ? trace.kernel(
          "Sum",
          { x: trace.view(x, [rows, count]) },
          { axis: [1], keepDims: false },
          { shape: [rows], kind },
        )
      : matmul(trace, trace.filled([1, 1, count], 1), trace.view(x, [rows, count, columns]));
  const rest = axes.filter((axis) => axis < first);
  const open = trace.view(summed, [...outer, ...inner]);
  return rest.length === 0 ? open : sum(trace, open, rest);
}

/** A prefix sum along one axis, or from each element on if `reverse`, as a product with ones. `x` is not empty. */
export function runningSum(trace: Trace, x: Value, axis: number, reverse: boolean): Value {
  const count = x.shape[axis] ?? 1;
  const [rows, columns] = [countOf(x.shape.slice(0, axis)), countOf(x.shape.slice(axis + 1))];
  const ones = Float32Array.from({ length: count * count }, (_, index) => {
    const [to, from] = [Math.floor(index / count), index % count];
    return (reverse ? from >= to : from <= to) ? 1 : 0;
  });
  const upTo = trace.constant(ones, [1, count, count]);
  return trace.view(matmul(trace, upTo, trace.view(x, [rows, count, columns])), x.shape);
}
