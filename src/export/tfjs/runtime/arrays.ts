// Arrays in other forms, and what lengths say of steps.
// A generated file has those of these functions that it calls, as they are here, without their types.
import * as tf from "@tensorflow/tfjs";
import { absolute, constantly, rowsOf } from "./gradients.ts";

/** x in float32, also in memory: the backend `webgpu` leaves integers as they are, and then its kernel of `tf.transpose` fails. */
export function asFloat(x: tf.Tensor): tf.Tensor {
  const cast = tf.cast(x, "float32");
  return tf.getBackend() === "webgpu" ? tf.mul(cast, 1) : cast;
}

/** The axes of x in another order, also of integers on `webgpu`. */
export function permuted(x: tf.Tensor, order: number[]): tf.Tensor {
  if (x.dtype === "float32" || tf.getBackend() !== "webgpu") return tf.transpose(x, order);
  return tf.cast(tf.transpose(asFloat(x), order), x.dtype);
}

/** Steps first instead of batch first, and the other way round. */
export function swapped(x: tf.Tensor): tf.Tensor {
  return permuted(x, [1, 0, ...x.shape.slice(2).map((_, axis) => axis + 2)]);
}

/** x repeated to a shape. */
export function spread(x: tf.Tensor, shape: number[]): tf.Tensor {
  return x.dtype === "float32" ? tf.add(x, tf.zeros(shape)) : tf.broadcastTo(x, shape);
}

/** One step of x [T, ...]. */
export function stepOf(x: tf.Tensor, step: number): tf.Tensor {
  return tf.squeeze(tf.slice(x, [step], [1]), [0]);
}

/** `count` steps of x [T, ...]: the one at `offset`, and each that is `every` steps behind the last one. */
export function everyStep(x: tf.Tensor, every: number, offset: number, count: number): tf.Tensor {
  return rowsOf(x, tf.range(offset, offset + every * count, every, "int32"));
}

/** A sequence one step later, behind its first value. */
export function delayed(first: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.concat([tf.expandDims(first, 0), tf.slice(x, [0], [(x.shape[0] ?? 1) - 1])], 0);
}

/** A product of arrays whose axes have letters, as those of `einsum`, for which tfjs has no gradient. */
export function product(letters: string, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const [left = "", right = "", out = ""] = letters.split(/,|->/);
  const sizeOf = (letter: string): number => a.shape[left.indexOf(letter)] ?? b.shape[right.indexOf(letter)] ?? 1;
  const countOf = (axes: string[]): number => axes.reduce((count, letter) => count * sizeOf(letter), 1);
  const inOrder = (x: tf.Tensor, from: string, to: string[]): tf.Tensor =>
    to.join("") === from
      ? x
      : tf.transpose(
          x,
          to.map((letter) => from.indexOf(letter)),
        );
  const batch = [...left].filter((letter) => right.includes(letter) && out.includes(letter));
  const summed = [...left].filter((letter) => right.includes(letter) && !out.includes(letter));
  const rows = [...left].filter((letter) => !right.includes(letter));
  const columns = [...right].filter((letter) => !left.includes(letter));
  const [m, k, n] = [countOf(rows), countOf(summed), countOf(columns)];
  const many = batch.length === 0 ? [] : [countOf(batch)];
  const x = tf.reshape(inOrder(a, left, [...batch, ...rows, ...summed]), [...many, m, k]);
  const y = tf.reshape(inOrder(b, right, [...batch, ...summed, ...columns]), [...many, k, n]);
  const axes = [...batch, ...rows, ...columns];
  return inOrder(tf.reshape(tf.matMul(x, y), axes.map(sizeOf)), axes.join(""), [...out]);
}

/** The rows of a table [V, ...] by tokens; a token that is not in it gives zeros. */
export function embed(table: tf.Tensor, tokens: tf.Tensor): tf.Tensor {
  const [count = 1, ...rest] = table.shape;
  const flat = tf.cast(tf.reshape(tokens, [-1]), "float32");
  const known = tf.cast(tf.logicalAnd(tf.greaterEqual(flat, 0), tf.less(flat, count)), "float32");
  const rows = rowsOf(table, tf.cast(tf.mul(flat, known), "int32"));
  const mask = tf.reshape(known, [-1, ...rest.map(() => 1)]);
  return tf.reshape(tf.mul(rows, mask), [...tokens.shape, ...rest]);
}

/** [T, 1]: the numbers of steps. */
export function stepNumbers(steps: number): tf.Tensor {
  return tf.expandDims(tf.range(0, steps, 1, "int32"), 1);
}

/** [T, B]: whether a step is one of an example's own. */
export function realSteps(lengths: tf.Tensor, steps: number): tf.Tensor {
  return tf.less(stepNumbers(steps), lengths);
}

/**
 * [T, B]: whether states change at a step. They stop before an example's last step, which is computed again and again in the padding, and
 * change once more at the very end. So the padding holds no values that do not occur elsewhere.
 */
export function movingSteps(lengths: tf.Tensor, steps: number): tf.Tensor {
  const numbers = stepNumbers(steps);
  const isEnd = tf.equal(numbers, tf.scalar(steps - 1, "int32"));
  return tf.logicalOr(tf.less(numbers, tf.sub(lengths, tf.scalar(1, "int32"))), isEnd);
}

/** [T, B]: whether a step is the first one of an example that has steps. */
export function firstSteps(lengths: tf.Tensor, steps: number): tf.Tensor {
  return tf.logicalAnd(tf.equal(stepNumbers(steps), tf.scalar(0, "int32")), tf.greater(lengths, 0));
}

/** [T, B]: whether a step is an example's last one. */
export function lastSteps(lengths: tf.Tensor, steps: number): tf.Tensor {
  return tf.equal(stepNumbers(steps), tf.sub(lengths, tf.scalar(1, "int32")));
}

/** [B]: the numbers of examples; that of the longest one for those without steps. */
export function shownExamples(lengths: tf.Tensor): tf.Tensor {
  const numbers = tf.range(0, lengths.shape[0] ?? 0, 1, "int32");
  return tf.where(tf.greater(lengths, 0), numbers, tf.argMax(lengths, 0));
}

/**
 * x [T, B, ...], or [T, 1, ...], with the value of an example's last step in its padding. An example without steps is computed as the
 * longest one. Results never show it.
 */
export function hold(x: tf.Tensor, lengths: tf.Tensor): tf.Tensor {
  const [steps = 1, own = 1, ...rest] = x.shape;
  const examples = shownExamples(lengths);
  const [zero, one] = [tf.scalar(0, "int32"), tf.scalar(1, "int32")];
  const last = tf.maximum(tf.sub(tf.gather(lengths, examples), one), zero);
  const rows = tf.mul(tf.minimum(stepNumbers(steps), last), tf.scalar(own, "int32"));
  const places = own === 1 ? rows : tf.add(rows, examples);
  const flat = rowsOf(tf.reshape(x, [steps * own, ...rest]), tf.reshape(places, [-1]));
  return tf.reshape(flat, [...places.shape, ...rest]);
}

/** x [B, ...]; an example without steps has the value of the longest one. */
export function borrow(x: tf.Tensor, lengths: tf.Tensor): tf.Tensor {
  return rowsOf(x, shownExamples(lengths));
}

/** The weights whose names begin with a prefix, without it. */
export function under(w: Record<string, tf.Tensor>, prefix: string): Record<string, tf.Tensor> {
  const inside = Object.entries(w).filter(([name]) => name.startsWith(`${prefix}.`));
  return Object.fromEntries(inside.map(([name, value]) => [name.slice(prefix.length + 1), value]));
}

/** x · sigmoid(x). */
export function silu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(x));
}

/** x · Φ(x). */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** x · tanh(log(1 + exp(x))). */
export function mish(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.tanh(tf.softplus(x)));
}

/** x where it is positive, or else slope · x. */
export function leakyRelu(x: tf.Tensor, slope: tf.Tensor | number): tf.Tensor {
  return tf.where(constantly(tf.greater, x, 0), x, tf.mul(slope, x));
}

/** x / (1 + |x|). */
export function softsign(x: tf.Tensor): tf.Tensor {
  return tf.div(x, tf.add(absolute(x), 1));
}
