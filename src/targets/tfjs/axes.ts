// Fewer axes for the same work. On webgpu some kernels are wrong, unsaid, for more than four axes, and on webgl they do not compile.
import { countOf } from "../../ops/nd.ts";

/** So many axes every kernel of every backend can do. */
export const MOST_AXES = 4;

type Shape = readonly number[];

/** `[before, the axis itself, after]`. */
export function around(shape: Shape, axis: number): Shape {
  return [countOf(shape.slice(0, axis)), shape[axis] ?? 1, countOf(shape.slice(axis + 1))];
}

/** Two shapes that line up to `shape`, with neighbouring axes merged where the same of the two are repeated along both. */
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
