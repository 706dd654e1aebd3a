// Arrays that are put together from parts: each part is written to its place in the whole.
import { at } from "../base/invariant.ts";
import { countOf } from "../ops/nd.ts";
import type { Trace } from "./trace.ts";
import { broadcast, isSame, sliced, type View } from "./view.ts";

export function concat(trace: Trace, parts: readonly View[], axis: number): View {
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
    if (!isSame(place, part)) trace.copy(part, { ...place, batch });
    from += at(part.shape, axis, "concat");
  }
  return { ...whole, batch };
}

/** `x` with `before[axis]` zeros before it and `after[axis]` behind it along each axis. */
export function pad(trace: Trace, x: View, before: readonly number[], after: readonly number[]): View {
  const shape = x.shape.map((size, axis) => size + at(before, axis, "pad") + at(after, axis, "pad"));
  const whole = trace.room([x], shape, x.storage.kind, x.batch);
  const zeros = trace.filled(x.storage.kind, 0, []);
  // The region that no earlier axis has filled with zeros.
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
}
