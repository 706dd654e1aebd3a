// Reductions: first the axes that are kept, then those that are reduced. Each group is merged as far as its strides allow.
// Elements are added in one order for every batch: one example has the bits that it has as part of a layout for any number of them.
import { at } from "../base/invariant.ts";
import { stridesOf } from "../ops/nd.ts";
import type { Kernels, ReduceAccess } from "../kernel/kernels.ts";
import type { KernelTask, Reduction } from "../kernel/task.ts";
import { begin, type Call } from "./call.ts";
import { BYTES, rowsOf, type View } from "../kernel/view.ts";

/** An axis with its strides in elements, of the source and of the target (0 for a reduced axis). */
interface Axis {
  /** Its number in the source. */
  readonly number: number;
  readonly size: number;
  readonly source: number;
  readonly target: number;
}

const ONE: Axis = { number: 0, size: 1, source: 0, target: 0 };

interface Work {
  readonly name: Reduction;
  readonly kept: readonly number[];
  readonly gone: readonly number[];
}

/** Returns a reduction's kernel and arguments for some rows of its result. */
export function reduceCall<K>(
  kernels: Kernels<K>,
  { reads, write }: KernelTask,
  { name, kept, gone }: Work,
  from: number,
  to: number,
): Call<K> {
  const source = at(reads, 0, "reduce");
  const [first] = kept;
  const part = first === undefined ? source : along(source, first, from, to);
  return call(kernels, name, {
    source: part,
    target: first === undefined ? write : rowsOf(write, from, to),
    kept,
    gone,
  });
}

/** A view of the indices `from` to `to` of an axis. */
function along(view: View, axis: number, from: number, to: number): View {
  const offset = view.offset + from * at(view.strides, axis, "reduce");
  return { ...view, shape: view.shape.with(axis, to - from), offset };
}

interface Reduced extends Omit<Work, "name"> {
  readonly source: View;
  readonly target: View;
}

function call<K>(kernels: Kernels<K>, reduction: Reduction, { source, target, kept, gone }: Reduced): Call<K> {
  const axis = (from: number, to: number): Axis => ({
    number: from,
    size: at(source.shape, from, "reduce"),
    source: at(source.strides, from, "reduce"),
    target: to,
  });
  const targets = stridesOf(target.shape).map((_, index) => at(target.strides, index, "reduce"));
  const keptAll = kept.map((each, index) => axis(each, at(targets, index, "reduce")));
  const outer = merged(keptAll, () => true);
  // An axis between two makes them one only where it has the size 1.
  const inner = merged(
    gone.map((each) => axis(each, 0)).toSorted((a, b) => b.source - a.source),
    (a, b) => Math.abs(a.number - b.number) === 1,
  );
  const lastKept = outer.at(-1) ?? keptAll.findLast(isContiguous);
  const access: ReduceAccess =
    lastKept !== undefined && isContiguous(lastKept) ? "across" : inner.at(-1)?.source === 1 ? "along" : "apart";
  const [keptAxes, goneAxes] = [outer.length === 0 ? [ONE] : outer, inner.length === 0 ? [ONE] : inner];
  const all = [...keptAxes, ...goneAxes];
  const words = [
    begin(source),
    begin(target),
    ...all.map(({ size }) => size),
    ...all.map((each) => BYTES * each.source),
    ...keptAxes.map((each) => BYTES * each.target),
  ];
  return { kernel: kernels.reduce(reduction, keptAxes.length, goneAxes.length, access), words };
}

function isContiguous({ source, target }: Axis): boolean {
  return source === 1 && target === 1;
}

/** Drops axes of size 1, and merges neighbours that are contiguous with each other. */
function merged(axes: readonly Axis[], mayMerge: (a: Axis, b: Axis) => boolean): readonly Axis[] {
  const result: Axis[] = [];
  for (const axis of axes.filter(({ size }) => size !== 1)) {
    const last = result.at(-1);
    if (
      last !== undefined &&
      mayMerge(last, axis) &&
      last.source === axis.source * axis.size &&
      last.target === axis.target * axis.size
    )
      result[result.length - 1] = { ...axis, size: last.size * axis.size };
    else result.push(axis);
  }
  return result;
}
