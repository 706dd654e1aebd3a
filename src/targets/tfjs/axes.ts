// Merged axes. For more than four axes, some kernels are silently wrong on webgpu, and do not compile on webgl.
import { countOf } from "../../ops/nd.ts";

/** The most axes that all kernels of all backends support. */
export const MOST_AXES = 4;

/** The same for backends in the host's memory: above six axes, wasm is silently wrong where operands are repeated. */
export const MOST_AXES_ON_HOST = 6;

type Shape = readonly number[];

/** A view with three axes: `[elements before the axis, the axis, elements after it]`. */
export function around(shape: Shape, axis: number): Shape {
  return [countOf(shape.slice(0, axis)), shape[axis] ?? 1, countOf(shape.slice(axis + 1))];
}

/** Two shapes that broadcast to `shape`. Neighbouring axes are merged if the same operands are repeated along both. */
export function merged(
  a: Shape,
  b: Shape,
  shape: Shape,
): { readonly a: Shape; readonly b: Shape; readonly shape: Shape } {
  const groups: { a: number; b: number; size: number }[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const here = { a: a[axis - shape.length + a.length] ?? 1, b: b[axis - shape.length + b.length] ?? 1, size };
    const last = groups.at(-1);
    if (last !== undefined && (last.a === 1) === (here.a === 1) && (last.b === 1) === (here.b === 1)) {
      last.a *= here.a;
      last.b *= here.b;
      last.size *= size;
    } else groups.push(here);
  });
  return {
    a: groups.map((group) => group.a),
    b: groups.map((group) => group.b),
    shape: groups.map(({ size }) => size),
  };
}
