// What tfjs has no gradient for, or another one than ours, or a kernel that some backend lacks.
// A generated file has those of these functions that it calls, as they are here, without their types.
import * as tf from "@tensorflow/tfjs";

type Gradient = (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor;

/** A value with a gradient by x of its own, which reads `saved`. */
export function withGradient(x: tf.Tensor, saved: tf.Tensor[], value: () => tf.Tensor, gradient: Gradient): tf.Tensor {
  return tf.customGrad((...given) => {
    const save = given.at(-1);
    if (typeof save === "function") save(saved);
    return { value: value(), gradFunc: gradient };
  })(x);
}

/** What small steps do not change, such as a comparison: its gradient is 0. */
export function constantly(f: (...tensors: tf.Tensor[]) => tf.Tensor, ...given: (tf.Tensor | number)[]): tf.Tensor {
  const tensors = given.map((each) => (typeof each === "number" ? tf.scalar(each) : each));
  const shapes = tensors.map(({ shape }) => shape);
  const value = tf.customGrad(() => ({ value: f(...tensors), gradFunc: () => shapes.map((shape) => tf.zeros(shape)) }));
  return value(...tensors);
}

/** The same values, through which no gradient goes. */
export function stopped(x: tf.Tensor): tf.Tensor {
  return constantly((value) => tf.clone(value), x);
}

/** |x|; its derivative at 0 is 0. */
export function absolute(x: tf.Tensor): tf.Tensor {
  return withGradient(
    x,
    [x],
    () => tf.abs(x),
    (dy, saved) => tf.mul(dy, tf.sign(saved[0] ?? dy)),
  );
}

/** The sine. */
export function sine(x: tf.Tensor): tf.Tensor {
  return withGradient(
    x,
    [x],
    () => wave(x, 0),
    (dy, saved) => tf.mul(dy, wave(saved[0] ?? dy, 0.5)),
  );
}

/** The cosine. */
export function cosine(x: tf.Tensor): tf.Tensor {
  return withGradient(
    x,
    [x],
    () => wave(x, 0.5),
    (dy, saved) => tf.mul(dy, tf.neg(wave(saved[0] ?? dy, 0))),
  );
}

/**
 * sin(x + shift π) for a shift of 0 or 1/2. The sine of a GPU may be wrong by 5e-4 on [-π, π], and by more beyond. There it is a series,
 * whose error is below 3e-7 on [-13000, 13000]: after the nearest (n + shift) π is subtracted, in two parts.
 */
function wave(x: tf.Tensor, shift: 0 | 0.5): tf.Tensor {
  if (!tf.getBackend().startsWith("webg")) return shift === 0 ? tf.sin(x) : tf.cos(x);
  const whole = tf.floor(tf.add(tf.mul(x, 1 / Math.PI), 0.5 - shift));
  const turns = tf.add(whole, shift);
  const angle = tf.sub(tf.sub(x, tf.mul(turns, 3.140625)), tf.mul(turns, Math.PI - 3.140625));
  const square = tf.square(angle);
  const series = [1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1].reduce<tf.Tensor>(
    (sum, factor) => tf.add(tf.mul(sum, square), factor),
    tf.scalar(-1 / 39916800),
  );
  const half = tf.mul(whole, 0.5);
  const isOdd = tf.mul(tf.sub(half, tf.floor(half)), 2);
  const sign = tf.sub(tf.mul(isOdd, shift === 0 ? -2 : 2), shift === 0 ? -1 : 1);
  return tf.mul(tf.mul(angle, series), sign);
}

/** Rows of x [N, ...] by their numbers [M]. */
export function rowsOf(x: tf.Tensor, numbers: tf.Tensor): tf.Tensor {
  const { shape } = x;
  return withGradient(
    x,
    [numbers],
    () => tf.gather(x, tf.cast(numbers, "int32")),
    (dy, saved) => tf.scatterND(tf.cast(tf.reshape(saved[0] ?? dy, [-1, 1]), "int32"), dy, shape),
  );
}

/** The greatest or the smallest along an axis; its gradient goes to the first of equals. */
export function extreme(x: tf.Tensor, axis: number, kind: "max" | "min"): tf.Tensor {
  return withGradient(
    x,
    [x],
    () => (kind === "max" ? tf.max(x, axis) : tf.min(x, axis)),
    (dy, saved) => {
      const [values = dy] = saved;
      const place = kind === "max" ? tf.argMax(values, axis) : tf.argMin(values, axis);
      const steps = tf.reshape(
        tf.range(0, values.shape[axis] ?? 1, 1, "int32"),
        values.shape.map((size, at) => (at === axis ? size : 1)),
      );
      return tf.mul(tf.expandDims(dy, axis), tf.cast(tf.equal(steps, tf.expandDims(place, axis)), "float32"));
    },
  );
}

/** The Euclidean length along an axis; its derivative at 0 is 0. */
export function euclidean(x: tf.Tensor, axis: number): tf.Tensor {
  return withGradient(
    x,
    [x],
    () => tf.sqrt(tf.sum(tf.square(x), axis)),
    (dy, saved) => {
      const [values = dy] = saved;
      const length = tf.sqrt(tf.sum(tf.square(values), axis));
      const safe = tf.where(tf.greater(length, 0), length, tf.onesLike(length));
      return tf.mul(values, tf.expandDims(tf.div(dy, safe), axis));
    },
  );
}

/** The softmax along any axis; zeros where all of a line is -∞. */
export function softmax(x: tf.Tensor, axis: number): tf.Tensor {
  const value = (): tf.Tensor => {
    const greatest = tf.max(x, axis, true);
    const finite = tf.where(tf.equal(greatest, -Infinity), tf.zerosLike(greatest), greatest);
    const parts = tf.exp(tf.sub(x, finite));
    const sum = tf.sum(parts, axis, true);
    return tf.div(parts, tf.where(tf.equal(sum, 0), tf.onesLike(sum), sum));
  };
  return tf.customGrad((...given) => {
    const [y, save] = [value(), given.at(-1)];
    if (typeof save === "function") save([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const weighted = tf.mul(dy, saved[0] ?? dy);
        return tf.sub(weighted, tf.mul(saved[0] ?? dy, tf.sum(weighted, axis, true)));
      },
    };
  })(x);
}

/** The logarithm of the softmax along any axis. */
export function logSoftmax(x: tf.Tensor, axis: number): tf.Tensor {
  const shifted = tf.sub(x, stopped(tf.max(x, axis, true)));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axis, true)));
}

/** log(sum(exp(x))) along an axis; -∞ where all elements are. */
export function logSumExp(x: tf.Tensor, axis: number): tf.Tensor {
  const value = (): tf.Tensor => {
    const greatest = tf.max(x, axis, true);
    const finite = tf.clipByValue(greatest, -3.4028234663852886e38, 3.4028234663852886e38);
    const sum = tf.sum(tf.exp(tf.sub(x, finite)), axis);
    return tf.add(tf.squeeze(finite, [axis]), tf.log(sum));
  };
  return withGradient(x, [x], value, (dy, saved) => tf.mul(softmax(saved[0] ?? dy, axis), tf.expandDims(dy, axis)));
}

/**
 * The running sum along an axis; from its end if `reverse`. The gradient of `tf.cumsum` is wrong along all axes but the last. Its kernel for
 * sums from the end is wrong on `webgpu` once it has run for another length, so what it sums comes in the opposite order.
 */
export function runningSum(x: tf.Tensor, axis: number, reverse: boolean): tf.Tensor {
  const sums = (each: tf.Tensor, fromEnd: boolean): tf.Tensor =>
    fromEnd ? tf.reverse(tf.cumsum(tf.reverse(each, axis), axis), axis) : tf.cumsum(each, axis);
  return withGradient(
    x,
    [],
    () => sums(x, reverse),
    (dy) => sums(dy, !reverse),
  );
}

/** The running result along an axis of what `join` gives for two elements; from its end if `reverse`. */
export function running(
  x: tf.Tensor,
  axis: number,
  reverse: boolean,
  join: (before: tf.Tensor, now: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const parts = tf.unstack(x, axis);
  const inOrder = reverse ? parts.reverse() : parts;
  const results: tf.Tensor[] = [];
  for (const part of inOrder) {
    const before = results.at(-1);
    results.push(before === undefined ? part : join(before, part));
  }
  return tf.stack(reverse ? results.reverse() : results, axis);
}
