// A running result along an axis from kernels that all backends have.
import { at } from "../../base/invariant.ts";
import type { Prefix, TensorOps } from "../../ops/tensor-ops.ts";

/**
 * In log2(n) rounds. After the round with distance d, each position has the combination of the last 2d elements up to it.
 * The axis is not empty.
 */
export function doublingScan<T>(ops: TensorOps<T>, x: T, axis: number, { combine, reverse }: Prefix): T {
  const shape = ops.shape(x);
  const n = at(shape, axis, "tfjs");
  const part = (value: T, begin: number, size: number): T =>
    ops.slice(
      value,
      shape.map((_, each) => (each === axis ? begin : 0)),
      shape.with(axis, size),
    );
  let result = x;
  for (let distance = 1; distance < n; distance *= 2) {
    const rest = n - distance;
    const [first, last] = [part(result, 0, rest), part(result, distance, rest)];
    result = reverse
      ? ops.concat([ops.binary(combine, last, first), part(result, rest, distance)], axis)
      : ops.concat([part(result, 0, distance), ops.binary(combine, first, last)], axis);
  }
  return result;
}
