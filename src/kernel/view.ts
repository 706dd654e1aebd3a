// Views: storage with an offset, a shape and strides, so that slices, transpositions and repetitions cost nothing.
import { at } from "../base/invariant.ts";
import { countOf, stridesOf } from "../ops/nd.ts";

export type Kind = "float32" | "int32";

/** The size of an element of either kind. */
export const BYTES = 4;

/** A piece of memory whose address is known when the program runs. */
export interface Storage {
  readonly id: number;
  readonly kind: Kind;
  /** The size, in elements. */
  readonly count: number;
  readonly role: "temporary" | "input" | "constant" | "result";
  /** For a constant: its elements, or the number that all elements are. */
  readonly content?: Float32Array | Int32Array | number;
  /** The storage that this one is a part of, and its first element there. */
  readonly within?: { readonly storage: Storage; readonly offset: number };
  /** Whether it is written inside a loop, again at each step. */
  readonly inLoop: boolean;
}

export interface View {
  readonly storage: Storage;
  readonly shape: readonly number[];
  /** In elements; 0 repeats. */
  readonly strides: readonly number[];
  /** The index of the first element; in a loop, at its first step. */
  readonly offset: number;
  /** The elements by which a loop advances it at each step. */
  readonly step: number;
  /** Whether its value differs from step to step of the loop. */
  readonly moves: boolean;
  /** The number of examples in axis 0; 0 if it is not an axis of examples. */
  readonly batch: number;
}

export function wholeOf(storage: Storage, shape: readonly number[], batch = 0): View {
  return { storage, shape, strides: stridesOf(shape), offset: 0, step: 0, moves: false, batch };
}

/** Whether the value depends on the step of the loop that is being recorded. */
export function isInLoop(view: View): boolean {
  return view.moves || view.storage.inLoop;
}

/** The number that all elements are, if the view is of such a constant; otherwise undefined. */
export function uniformOf({ storage }: View): number | undefined {
  return typeof storage.content === "number" ? storage.content : undefined;
}

/** Row-major without gaps. */
export function isDense({ shape, strides }: View): boolean {
  const dense = stridesOf(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === dense[axis]);
}

/** Whether it covers all of its storage, in order. */
export function isWhole(view: View): boolean {
  return isDense(view) && view.offset === 0 && view.step === 0 && countOf(view.shape) === view.storage.count;
}

/** The same elements in the same order. */
export function isSame(a: View, b: View): boolean {
  return (
    a.storage === b.storage &&
    a.offset === b.offset &&
    a.step === b.step &&
    a.shape.length === b.shape.length &&
    a.shape.every((size, axis) => size === b.shape[axis] && (size === 1 || a.strides[axis] === b.strides[axis]))
  );
}

/** A cache: views are immutable, and fusing computes the same keys often. */
const keys = new WeakMap<View, string>();

/** Two views of one trace have the same key if `isSame` holds. */
export function keyOf(view: View): string {
  const known = keys.get(view);
  if (known !== undefined) return known;
  const { storage, shape, strides, offset, step } = view;
  const moves = shape.map((size, axis) => (size === 1 ? 0 : strides[axis]));
  const key = `${storage.id}+${offset}+${step}t [${shape.join()}] / ${moves.join()}`;
  keys.set(view, key);
  return key;
}

/** The batch of axis 0 under another shape whose rows hold the same elements in the same order. */
function batchUnder(view: View, shape: readonly number[]): number {
  const [rows = 1] = shape;
  return view.batch > 0 && rows >= view.batch && rows % view.batch === 0 ? view.batch : 0;
}

/** The same elements in row-major order with another shape, or undefined if that needs a copy. */
export function reshaped(view: View, shape: readonly number[]): View | undefined {
  if (countOf(shape) === 0) return { ...view, shape, strides: stridesOf(shape), batch: batchUnder(view, shape) };
  const old = view.shape.flatMap((size, axis) =>
    size === 1 ? [] : [{ size, stride: at(view.strides, axis, "kernel") }],
  );
  const strides: number[] = shape.map(() => 0);
  let axis = 0;
  for (let group = 0; group < old.length;) {
    // A run of old axes, and a run of new axes with the same number of elements.
    const first = at(old, group, "kernel");
    let { size, stride } = first;
    let end = group + 1;
    const begin = axis;
    let covered = 1;
    while (axis < shape.length && covered < size) covered *= shape[axis++] ?? 1;
    while (covered !== size) {
      if (covered < size) {
        if (axis >= shape.length) return undefined;
        covered *= shape[axis++] ?? 1;
        continue;
      }
      const next = old[end];
      if (next === undefined || stride !== next.stride * next.size) return undefined;
      size *= next.size;
      ({ stride } = next);
      end += 1;
    }
    for (let each = axis - 1, inner = stride; each >= begin; each--) {
      strides[each] = inner;
      inner *= shape[each] ?? 1;
    }
    group = end;
  }
  return { ...view, shape, strides, batch: batchUnder(view, shape) };
}

export function transposed(view: View, order: readonly number[]): View {
  return {
    ...view,
    shape: order.map((axis) => at(view.shape, axis, "kernel")),
    strides: order.map((axis) => at(view.strides, axis, "kernel")),
    batch: order[0] === 0 ? view.batch : 0,
  };
}

export function sliced(view: View, begin: readonly number[], size: readonly number[]): View {
  const offset = begin.reduce((sum, from, axis) => sum + from * at(view.strides, axis, "kernel"), view.offset);
  return { ...view, shape: size, offset, batch: size[0] === view.shape[0] ? view.batch : 0 };
}

/** Whether the stride along an axis is 1, or its size. */
export function isUnit(view: View, axis: number): boolean {
  return view.shape[axis] === 1 || view.strides[axis] === 1;
}

/** The rows of axis 0 from `from` to `to`. */
export function rowsOf(view: View, from: number, to: number): View {
  const size = view.shape.with(0, to - from);
  return { ...view, shape: size, offset: view.offset + from * at(view.strides, 0, "kernel"), batch: 0 };
}

/** Repeated to a shape as numpy does, aligned on the right. */
export function broadcast(view: View, shape: readonly number[]): View {
  const missing = shape.length - view.shape.length;
  const strides = shape.map((size, axis) => {
    const own = view.shape[axis - missing];
    return own === undefined || (own === 1 && size !== 1) ? 0 : at(view.strides, axis - missing, "kernel");
  });
  return { ...view, shape, strides, batch: missing === 0 && view.shape[0] === shape[0] ? view.batch : 0 };
}

/** The root storage and the offset in it. */
export function rootOf(storage: Storage): { readonly storage: Storage; readonly offset: number } {
  let root = storage;
  let offset = 0;
  for (; root.within !== undefined; root = root.within.storage) offset += root.within.offset;
  return { storage: root, offset };
}

/** A sequence `[times, …]` at the step of a loop that goes along it. */
export function stepOf(
  sequence: View,
  { times, reverse }: { readonly times: number; readonly reverse: boolean },
): View {
  const stride = sequence.strides[0] ?? 0;
  return {
    ...sequence,
    shape: sequence.shape.slice(1),
    strides: sequence.strides.slice(1),
    offset: sequence.offset + (reverse ? (times - 1) * stride : 0),
    step: reverse ? -stride : stride,
    moves: true,
    batch: 0,
  };
}
