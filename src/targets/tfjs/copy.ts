// Copies between values in the backend's memory: slices, concatenations and the steps of sequences. If the host sees that memory, it
// copies; otherwise kernels do.
// On wasm, tfjs' own slice first copies its whole operand: [32, 128] of [32, 512] takes 140 µs there and 2 µs here, a step of
// [64, 32, 128] 100 µs there and 1 µs here.
import { at } from "../../base/invariant.ts";
import { countOf, offsets, stridesOf } from "../../ops/nd.ts";
import { MOST_AXES } from "./axes.ts";
import type { Device, Kind, TensorInfo } from "./device.ts";

function kindOf(value: TensorInfo): Kind {
  return value.dtype === "int32" ? "int32" : value.dtype === "bool" ? "bool" : "float32";
}

/** Returns a function that copies the part of an array of `shape` that starts at `begin` and has size `size`, which is not empty. */
export function slicer(
  device: Device,
  shape: readonly number[],
  begin: readonly number[],
  size: readonly number[],
): (x: TensorInfo) => TensorInfo {
  const { view } = device;
  if (view === null) {
    const slice = device.kernel("Slice");
    const attributes = { begin: [...begin], size: [...size] };
    return (x) => slice({ x }, attributes);
  }
  // The axes from `whole` on are copied whole, so a contiguous run covers them and the axis before.
  let whole = shape.length;
  while (whole > 0 && shape[whole - 1] === size[whole - 1]) whole -= 1;
  const cut = Math.max(whole - 1, 0);
  const strides = stridesOf(shape);
  const run = countOf(size.slice(cut));
  const first = begin.reduce((sum, from, axis) => sum + from * at(strides, axis, "slice"), 0);
  const starts = offsets(size.slice(0, cut), strides.slice(0, cut)).map((offset) => first + offset);
  return (x) => {
    const out = device.allocate(size, kindOf(x));
    const [from, to] = [view(x), view(out)];
    for (let i = 0; i < starts.length; i++) {
      const start = starts[i] ?? 0;
      to.set(from.subarray(start, start + run), i * run);
    }
    return out;
  };
}

/** Returns a function that concatenates arrays along `axis` into an array of `shape`. */
export function joiner(
  device: Device,
  shape: readonly number[],
  axis: number,
): (parts: readonly TensorInfo[]) => TensorInfo {
  const { view } = device;
  if (view === null) return (parts) => device.join(parts, axis);
  const outer = countOf(shape.slice(0, axis));
  const row = countOf(shape.slice(axis));
  return (parts) => {
    const out = device.allocate(shape, kindOf(at(parts, 0, "tfjs")));
    const to = view(out);
    let column = 0;
    for (const part of parts) {
      const from = view(part);
      const run = from.length / outer;
      for (let i = 0; i < outer; i++) to.set(from.subarray(i * run, (i + 1) * run), i * row + column);
      column += run;
    }
    return out;
  };
}

/** Returns a function that copies one step, of `shape`, of a sequence [T, …]. */
export function stepReader(device: Device, shape: readonly number[]): (sequence: TensorInfo, t: number) => TensorInfo {
  const { view } = device;
  if (view !== null) {
    return (sequence, t) => {
      const out = device.allocate(shape, kindOf(sequence));
      const to = view(out);
      to.set(view(sequence).subarray(t * to.length, (t + 1) * to.length));
      return out;
    };
  }
  if (countOf(shape) === 0) return (sequence) => device.allocate(shape, kindOf(sequence));
  const [slice, reshape] = [device.kernel("Slice"), device.kernel("Reshape")];
  const few = shape.length < MOST_AXES ? [...shape] : [countOf(shape)];
  const zeros = few.map(() => 0);
  return (sequence, t) => {
    const whole = reshape({ x: sequence }, { shape: [sequence.shape[0] ?? 1, ...few] });
    const step = slice({ x: whole }, { begin: [t, ...zeros], size: [1, ...few] });
    const result = reshape({ x: step }, { shape: [...shape] });
    for (const used of [whole, step]) device.release(used);
    return result;
  };
}

/** A sequence under construction: each step is put once, in any order, and then the whole is taken. */
export interface Gathering {
  /** Takes over the value's reference. */
  readonly put: (t: number, value: TensorInfo) => void;
  readonly whole: () => TensorInfo;
}

/** Starts a sequence of `shape`, [T, …]. */
export function gather(device: Device, shape: readonly number[], kind: Kind): Gathering {
  const { view } = device;
  if (view !== null) {
    const whole = device.allocate(shape, kind);
    return {
      put: (t, value) => {
        const from = view(value);
        view(whole).set(from, t * from.length);
        device.release(value);
      },
      whole: () => whole,
    };
  }
  if (countOf(shape) === 0)
    return { put: (_, value) => device.release(value), whole: () => device.allocate(shape, kind) };
  const reshape = device.kernel("Reshape");
  const few = shape.length <= MOST_AXES ? shape.slice(1) : [countOf(shape.slice(1))];
  const steps: TensorInfo[] = [];
  return {
    put: (t, value) => {
      steps[t] = reshape({ x: value }, { shape: [1, ...few] });
      device.release(value);
    },
    whole: () => {
      const [first] = steps;
      // TensorFlow cannot concatenate a single part.
      const joined = first !== undefined && steps.length === 1 ? first : device.join(steps, 0);
      const whole = reshape({ x: joined }, { shape: [...shape] });
      for (const used of new Set([joined, ...steps])) device.release(used);
      return whole;
    },
  };
}
