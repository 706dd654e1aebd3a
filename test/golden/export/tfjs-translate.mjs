// translate of a test. Generated: do not edit.
//
//     import { load } from "./translate.mjs";
//     const model = await load();
//
// Tensors come batch first. Inside, steps come first: [T, B, ...].
import * as tf from "@tensorflow/tfjs";

/** One step of GRU(H). */
function gru(w, x, h_prev) {
  // r = sigmoid(linear(x, h[t-1]))
  const r = tf.sigmoid(
    tf.add(
      tf.add(tf.matMul(x, w["r.x"], false, true), tf.matMul(h_prev, w["r.h"], false, true)),
      w["r.b"],
    ),
  );
  // z = sigmoid(linear(x, h[t-1]))
  const z = tf.sigmoid(
    tf.add(
      tf.add(tf.matMul(x, w["z.x"], false, true), tf.matMul(h_prev, w["z.h"], false, true)),
      w["z.b"],
    ),
  );
  // u = linear(h[t-1])
  const u = tf.add(tf.matMul(h_prev, w["u.h"], false, true), w["u.b"]);
  // n = tanh(linear(x) + r * u)
  const n = tf.tanh(tf.add(tf.add(tf.matMul(x, w["n.x"], false, true), w["n.b"]), tf.mul(r, u)));
  // h = (1 - z) * n + z * h[t-1]
  const h = tf.add(tf.mul(tf.sub(1, z), n), tf.mul(z, h_prev));
  return h;
}

/** One step of AttentionDecoder(H). */
function attentionDecoder(w, y, h_prev, memory, real_3, real_2) {
  const B = y.shape[0];
  const p = softmax(
    tf.where(
      real_3,
      product("bij,bj->bi", memory, tf.matMul(h_prev, w["W"], false, true)),
      -Infinity,
    ),
    1,
  );
  // a = softmax(memory @ (W @ h[t-1]))
  // The padding of a memory shows its first value.
  const a = tf.where(real_3, p, stopped(tf.reshape(tf.slice(p, [0, 0], [-1, 1]), [B, 1])));
  // ctx = a @ memory
  const ctx = product("bi,bij->bj", tf.where(real_2, a, 0), memory);
  const x = tf.concat([y, ctx], 1);
  // z = sigmoid(linear(x, h[t-1]))
  const h_z = tf.sigmoid(
    tf.add(
      tf.add(tf.matMul(x, w["h.z.x"], false, true), tf.matMul(h_prev, w["h.z.h"], false, true)),
      w["h.z.b"],
    ),
  );
  // r = sigmoid(linear(x, h[t-1]))
  const h_r = tf.sigmoid(
    tf.add(
      tf.add(tf.matMul(x, w["h.r.x"], false, true), tf.matMul(h_prev, w["h.r.h"], false, true)),
      w["h.r.b"],
    ),
  );
  // u = linear(h[t-1])
  const h_u = tf.add(tf.matMul(h_prev, w["h.u.h"], false, true), w["h.u.b"]);
  // n = tanh(linear(x) + r * u)
  const h_n = tf.tanh(
    tf.add(tf.add(tf.matMul(x, w["h.n.x"], false, true), w["h.n.b"]), tf.mul(h_r, h_u)),
  );
  // h = GRU(H)(concat(y, ctx), h = h[t-1])
  const h_h = tf.add(tf.mul(tf.sub(1, h_z), h_n), tf.mul(h_z, h_prev));
  return h_h;
}

/**
 * source: [B, T_source], tokens
 * output: [B, T_output], tokens
 * source_lengths: [B], the steps of each example in source; all steps by default
 * output_lengths: [B], the steps of each example in output; all steps by default
 * Returns output.logits [B, T_output, 7].
 */
function forward(w, source, output, source_lengths, output_lengths) {
  source = swapped(source);
  output = swapped(output);
  const T_source = source.shape[0];
  const B = source.shape[1];
  const T_output = output.shape[0];
  source_lengths ??= tf.fill([B], T_source, "int32");
  output_lengths ??= tf.fill([B], T_output, "int32");
  const embedded = embed(w["enc.embed.table"], hold(source, source_lengths));
  const computed_source_lengths = borrow(source_lengths, source_lengths);
  const moves = movingSteps(computed_source_lengths, T_source);
  const w_enc_forward = under(w, "enc.forward");
  const moves_steps = tf.unstack(moves);
  const embedded_steps = tf.unstack(embedded);
  let enc_forward_h = tf.zeros([B, 3]);
  let enc_forward_h_seq = [];
  for (let t = 0; t < T_source; t++) {
    const enc_forward_h_next = tf.tidy(() => gru(w_enc_forward, embedded_steps[t], enc_forward_h));
    enc_forward_h_seq.push(enc_forward_h_next);
    enc_forward_h = tf.where(tf.expandDims(moves_steps[t], 1), enc_forward_h_next, enc_forward_h);
  }
  enc_forward_h_seq = tf.stack(enc_forward_h_seq);
  const real = realSteps(computed_source_lengths, T_source);
  const w_enc_backward = under(w, "enc.backward");
  const real_steps_2 = tf.unstack(real);
  let enc_backward_h = tf.zeros([B, 3]);
  let enc_backward_h_seq = [];
  for (let t = T_source - 1; t >= 0; t--) {
    const enc_backward_h_next = tf.tidy(
      () => gru(w_enc_backward, embedded_steps[t], enc_backward_h),
    );
    enc_backward_h_seq.push(enc_backward_h_next);
    enc_backward_h = tf.where(
      tf.expandDims(real_steps_2[t], 1),
      enc_backward_h_next,
      enc_backward_h,
    );
  }
  enc_backward_h_seq = tf.stack(enc_backward_h_seq.reverse());
  // enc = bidirectional(GRU(H))(embed(source, E))
  const enc = tf.concat([enc_forward_h_seq, enc_backward_h_seq], 2);
  const moves_2 = movingSteps(borrow(output_lengths, output_lengths), T_output);
  const output_2 = hold(output, output_lengths);
  const output_prev_seq = delayed(tf.fill([B], 6, "int32"), output_2);
  const value = tf.concat(
    [
      tf.sum(
        tf.where(tf.expandDims(lastSteps(source_lengths, T_source), 2), enc_forward_h_seq, 0),
        0,
      ),
      tf.sum(
        tf.where(tf.expandDims(firstSteps(source_lengths, T_source), 2), enc_backward_h_seq, 0),
        0,
      ),
    ],
    1,
  );
  const memory = swapped(enc);
  // The padding of a memory shows its first value.
  const computed_source_lengths_2 = tf.where(
    tf.expandDims(tf.transpose(realSteps(computed_source_lengths, T_source)), -1),
    memory,
    stopped(tf.reshape(tf.slice(memory, [0, 0], [-1, 1]), [B, 1, 6])),
  );
  const y = embed(w["dec.embed.table"], output_prev_seq);
  const real_2 = tf.transpose(realSteps(source_lengths, T_source));
  const real_3 = tf.transpose(realSteps(computed_source_lengths, T_source));
  const w_dec = under(w, "dec");
  const moves_2_steps = tf.unstack(moves_2);
  const y_steps = tf.unstack(y);
  let dec_h = tf.tanh(
    tf.add(tf.matMul(value, w["dec.linear.arg1"], false, true), w["dec.linear.b"]),
  );
  let dec_h_h_seq = [];
  for (let t = 0; t < T_output; t++) {
    const dec_h_next = tf.tidy(
      () => attentionDecoder(w_dec, y_steps[t], dec_h, computed_source_lengths_2, real_3, real_2),
    );
    dec_h_h_seq.push(dec_h_next);
    dec_h = tf.where(tf.expandDims(moves_2_steps[t], 1), dec_h_next, dec_h);
  }
  dec_h_h_seq = tf.stack(dec_h_h_seq);
  // predict output from linear(dec, out = V)
  const logits = tf.where(
    tf.expandDims(realSteps(output_lengths, T_output), 2),
    tf.add(product("tbi,ji->tbj", dec_h_h_seq, w["output.dec"]), w["output.b"]),
    0,
  );
  return swapped(logits);
}

/**
 * source: [B, T_source], tokens
 * output: [B, T_output], tokens
 * source_lengths: [B], the steps of each example in source; all steps by default
 * output_lengths: [B], the steps of each example in output; all steps by default
 * Returns the loss.
 */
function losses(w, source, output, source_lengths, output_lengths) {
  let logits = forward(w, source, output, source_lengths, output_lengths);
  output = swapped(output);
  const T_output = output.shape[0];
  const B = output.shape[1];
  output_lengths ??= tf.fill([B], T_output, "int32");
  logits = swapped(logits);
  const real = realSteps(output_lengths, T_output);
  const loss = tf.div(
    tf.sum(
      tf.where(
        real,
        tf.neg(
          tf.sum(
            tf.mul(asFloat(tf.oneHot(hold(output, output_lengths), 7)), logSoftmax(logits, 2)),
            2,
          ),
        ),
        0,
      ),
    ),
    tf.maximum(tf.sum(asFloat(real)), 1),
  );
  return loss;
}

/** x in float32, also in memory: the backend `webgpu` leaves integers as they are, and then its kernel of `tf.transpose` fails. */
function asFloat(x) {
  const cast = tf.cast(x, "float32");
  return tf.getBackend() === "webgpu" ? tf.mul(cast, 1) : cast;
}

/** x [B, ...]; an example without steps has the value of the longest one. */
function borrow(x, lengths) {
  return rowsOf(x, shownExamples(lengths));
}

/** What small steps do not change, such as a comparison: its gradient is 0. */
function constantly(f, ...given) {
  const tensors = given.map((each) => (typeof each === "number" ? tf.scalar(each) : each));
  const shapes = tensors.map(({ shape }) => shape);
  const value = tf.customGrad(() => ({
    value: f(...tensors),
    gradFunc: () => shapes.map((shape) => tf.zeros(shape)),
  }));
  return value(...tensors);
}

/** A sequence one step later, behind its first value. */
function delayed(first, x) {
  return tf.concat([tf.expandDims(first, 0), tf.slice(x, [0], [(x.shape[0] ?? 1) - 1])], 0);
}

/** The rows of a table [V, ...] by tokens; a token that is not in it gives zeros. */
function embed(table, tokens) {
  const [count = 1, ...rest] = table.shape;
  const flat = tf.cast(tf.reshape(tokens, [-1]), "float32");
  const known = tf.cast(tf.logicalAnd(tf.greaterEqual(flat, 0), tf.less(flat, count)), "float32");
  const rows = rowsOf(table, tf.cast(tf.mul(flat, known), "int32"));
  const mask = tf.reshape(known, [-1, ...rest.map(() => 1)]);
  return tf.reshape(tf.mul(rows, mask), [...tokens.shape, ...rest]);
}

/** [T, B]: whether a step is the first one of an example that has steps. */
function firstSteps(lengths, steps) {
  return tf.logicalAnd(tf.equal(stepNumbers(steps), tf.scalar(0, "int32")), tf.greater(lengths, 0));
}

/**
 * x [T, B, ...], or [T, 1, ...], with the value of an example's last step in its padding. An example without steps is computed as the
 * longest one. Results never show it.
 */
function hold(x, lengths) {
  const [steps = 1, own = 1, ...rest] = x.shape;
  const examples = shownExamples(lengths);
  const [zero, one] = [tf.scalar(0, "int32"), tf.scalar(1, "int32")];
  const last = tf.maximum(tf.sub(tf.gather(lengths, examples), one), zero);
  const rows = tf.mul(tf.minimum(stepNumbers(steps), last), tf.scalar(own, "int32"));
  const places = own === 1 ? rows : tf.add(rows, examples);
  const flat = rowsOf(tf.reshape(x, [steps * own, ...rest]), tf.reshape(places, [-1]));
  return tf.reshape(flat, [...places.shape, ...rest]);
}

/** [T, B]: whether a step is an example's last one. */
function lastSteps(lengths, steps) {
  return tf.equal(stepNumbers(steps), tf.sub(lengths, tf.scalar(1, "int32")));
}

/** The logarithm of the softmax along any axis. */
function logSoftmax(x, axis) {
  const shifted = tf.sub(x, stopped(tf.max(x, axis, true)));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axis, true)));
}

/**
 * [T, B]: whether states change at a step. They stop before an example's last step, which is computed again and again in the padding, and
 * change once more at the very end. So the padding holds no values that do not occur elsewhere.
 */
function movingSteps(lengths, steps) {
  const numbers = stepNumbers(steps);
  const isEnd = tf.equal(numbers, tf.scalar(steps - 1, "int32"));
  return tf.logicalOr(tf.less(numbers, tf.sub(lengths, tf.scalar(1, "int32"))), isEnd);
}

/** The axes of x in another order, also of integers on `webgpu`. */
function permuted(x, order) {
  if (x.dtype === "float32" || tf.getBackend() !== "webgpu") return tf.transpose(x, order);
  return tf.cast(tf.transpose(asFloat(x), order), x.dtype);
}

/** A product of arrays whose axes have letters, as those of `einsum`, for which tfjs has no gradient. */
function product(letters, a, b) {
  const [left = "", right = "", out = ""] = letters.split(/,|->/);
  const sizeOf = (letter) => a.shape[left.indexOf(letter)] ?? b.shape[right.indexOf(letter)] ?? 1;
  const countOf = (axes) => axes.reduce((count, letter) => count * sizeOf(letter), 1);
  const inOrder = (x, from, to) =>
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

/** [T, B]: whether a step is one of an example's own. */
function realSteps(lengths, steps) {
  return tf.less(stepNumbers(steps), lengths);
}

/** Rows of x [N, ...] by their numbers [M]. */
function rowsOf(x, numbers) {
  const { shape } = x;
  return withGradient(
    x,
    [numbers],
    () => tf.gather(x, tf.cast(numbers, "int32")),
    (dy, saved) => tf.scatterND(tf.cast(tf.reshape(saved[0] ?? dy, [-1, 1]), "int32"), dy, shape),
  );
}

/** [B]: the numbers of examples; that of the longest one for those without steps. */
function shownExamples(lengths) {
  const numbers = tf.range(0, lengths.shape[0] ?? 0, 1, "int32");
  return tf.where(tf.greater(lengths, 0), numbers, tf.argMax(lengths, 0));
}

/** The softmax along any axis; zeros where all of a line is -∞. */
function softmax(x, axis) {
  const value = () => {
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
      gradFunc: (dy, saved) => {
        const weighted = tf.mul(dy, saved[0] ?? dy);
        return tf.sub(weighted, tf.mul(saved[0] ?? dy, tf.sum(weighted, axis, true)));
      },
    };
  })(x);
}

/** [T, 1]: the numbers of steps. */
function stepNumbers(steps) {
  return tf.expandDims(tf.range(0, steps, 1, "int32"), 1);
}

/** The same values, through which no gradient goes. */
function stopped(x) {
  return constantly((value) => tf.clone(value), x);
}

/** Steps first instead of batch first, and the other way round. */
function swapped(x) {
  return permuted(x, [1, 0, ...x.shape.slice(2).map((_, axis) => axis + 2)]);
}

/** The weights whose names begin with a prefix, without it. */
function under(w, prefix) {
  const inside = Object.entries(w).filter(([name]) => name.startsWith(`${prefix}.`));
  return Object.fromEntries(inside.map(([name, value]) => [name.slice(prefix.length + 1), value]));
}

/** A value with a gradient by x of its own, which reads `saved`. */
function withGradient(x, saved, value, gradient) {
  return tf.customGrad((...given) => {
    const save = given.at(-1);
    if (typeof save === "function") save(saved);
    return { value: value(), gradFunc: gradient };
  })(x);
}

// What follows is the same in each file: it offers the functions above as a model.

/** The arguments of a function, in its order. */
function argumentsOf({ inputs, lengths, states }, tensors, { lengths: steps = {}, state }) {
  refuseUnknown(
    "input",
    Object.keys(Object(tensors)),
    inputs.map(({ name }) => name),
  );
  refuseUnknown("lengths", Object.keys(steps), lengths);
  const sizes = new Map();
  const data = inputs.map((input) => checked(input, tensors[input.name], sizes));
  const counts = lengths.map((of) => {
    const time = inputs.find(({ name }) => name === of)?.time ?? "T";
    return lengthsOf(of, steps[of], sizes.get("B") ?? 1, sizes.get(time) ?? 1);
  });
  if (states.length === 0 && state == null) return [...data, ...counts];
  if (states.length === 0)
    throw new Error("it goes on from no state: it begins anew with each call");
  const own =
    state == null
      ? undefined
      : Object.fromEntries(
          states.map((each) => [each.key, checked(each, state[each.name], sizes)]),
        );
  return [...data, ...counts, own];
}

function refuseUnknown(kind, given, known) {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(
      `there is no ${kind} ${unknown}; ${known.length === 0 ? "none is taken" : known.join(", ")}`,
    );
}

function checked({ name, shape, dtype }, given, sizes) {
  const expected = `${name} must be a tensor [${shape.join(", ")}] of ${dtype}`;
  if (!(given instanceof tf.Tensor)) throw new Error(expected);
  const found = `${expected}, but it is [${given.shape.join(", ")}] of ${given.dtype}`;
  if (given.dtype !== dtype || given.shape.length !== shape.length) throw new Error(found);
  shape.forEach((size, axis) => {
    const own = given.shape[axis] ?? 0;
    const known = typeof size === "number" ? size : sizes.get(size);
    if (known !== undefined && known !== own)
      throw new Error(typeof size === "number" ? found : `${found}; ${size} is ${known} elsewhere`);
    if (own === 0)
      throw new Error(`${name} has no elements: its shape is [${given.shape.join(", ")}]`);
    if (typeof size === "string" && /^\w+$/.test(size)) sizes.set(size, own);
  });
  return dtype === "float32" ? asFloat(given) : given;
}

/** [B] int32; undefined where all examples have all steps. */
function lengthsOf(name, given, batch, steps) {
  if (given === undefined) return undefined;
  const expected = `lengths of ${name} must be ${batch} whole numbers from 0 to ${steps}`;
  if (given instanceof tf.Tensor) {
    if (given.shape.length !== 1 || given.shape[0] !== batch) throw new Error(expected);
    return tf.cast(given, "int32");
  }
  const numbers = Array.from(given);
  const isLength = (each) => Number.isInteger(each) && each >= 0 && each <= steps;
  if (numbers.length !== batch || !numbers.every(isLength)) throw new Error(expected);
  return tf.tensor1d(numbers, "int32");
}

/** The arrays of a file that holds exactly those of `shapes`, as 32-bit floats. Throws an error that says what was expected. */
function readArrays(bytes, shapes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length < 8 ? Infinity : Number(view.getBigUint64(0, true));
  if (8 + size > bytes.length) throw new Error("the weights are not a safetensors file");
  const header = headerOf(bytes.subarray(8, 8 + size));
  const unknown = Object.keys(header).find(
    (name) => name !== "__metadata__" && !Object.hasOwn(shapes, name),
  );
  if (unknown !== undefined)
    throw new Error(`the weights have ${unknown}, which the model has not`);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const {
        dtype,
        shape: stored,
        data_offsets: place,
      } = Object(Object.hasOwn(header, name) ? header[name] : null);
      const [first, last] = Array.isArray(place) ? place : [];
      const count = shape.reduce((product, each) => product * each, 1);
      const isRight = dtype === "F32" && Array.isArray(stored) && stored.join() === shape.join();
      if (!isRight || last - first !== 4 * count || !(first >= 0) || 8 + size + last > bytes.length)
        throw new Error(`the weights must have ${name} [${shape.join(", ")}] of F32`);
      const start = 8 + size + first;
      return [
        name,
        Float32Array.from({ length: count }, (_, at) => view.getFloat32(start + 4 * at, true)),
      ];
    }),
  );
}

function headerOf(bytes) {
  try {
    return Object(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    throw new Error("the weights are not a safetensors file: the header is not JSON");
  }
}

/** A file of arrays. */
function writeArrays(shapes, arrays) {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const first = end;
      end += 4 * (arrays[name]?.length ?? 0);
      return [name, { dtype: "F32", shape, data_offsets: [first, end] }];
    }),
  );
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + 8 * Math.ceil(text.length / 8);
  const bytes = new Uint8Array(start + end).fill(32, 8, start);
  bytes.set(text, 8);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(start - 8), true);
  let at = start;
  for (const name of Object.keys(shapes)) {
    for (const value of Array.from(arrays[name] ?? [])) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}

class Model {
  name;
  #description;
  #variables;
  #isDisposed = false;
  constructor(description, weights) {
    this.name = description.name;
    this.#description = description;
    this.#variables = tf.tidy(() =>
      Object.fromEntries(
        Object.entries(description.weights).map(([name, shape]) => {
          const initial = tf.tensor(weights[name] ?? [], [...shape], "float32");
          return [name, tf.variable(initial, !description.frozen.includes(name))];
        }),
      ),
    );
  }
  /** Whole sequences. The tensors that it returns are the caller's, who disposes of them. */
  run(inputs, given = {}) {
    return tf.tidy(() => this.#call(this.#description.run, inputs, given));
  }
  /** One step: inputs without a time, and what the step before returned, whether it has states or not. */
  step(inputs, state = null) {
    const { step, name } = this.#description;
    if (step === null)
      throw new Error(`${name} has no steps: something in it needs whole sequences`);
    return tf.tidy(() => {
      const isTimed = (each) =>
        step.inputs.some((input) => input.name === each && input.time === step.time);
      const timed = Object.entries(inputs).map(([each, tensor]) => {
        return [
          each,
          isTimed(each) && tensor instanceof tf.Tensor ? tf.expandDims(tensor, 1) : tensor,
        ];
      });
      return this.#call(step, Object.fromEntries(timed), {
        state: step.states.length === 0 ? null : state,
      });
    });
  }
  /** The loss of the spec, a scalar to differentiate. */
  loss(inputs, given = {}) {
    const { loss, name } = this.#description;
    if (loss === null) throw new Error(`${name} has no loss: nothing is predicted`);
    return tf.tidy(() => this.#call(loss, inputs, given)["loss"] ?? tf.scalar(NaN));
  }
  #call(description, inputs, given) {
    if (this.#isDisposed) throw new Error(`${this.name} was disposed of`);
    return description.call(this.#variables, ...argumentsOf(description, inputs, given));
  }
  /** The weights by their names in the spec, which optimizers of tfjs change. */
  variables() {
    return { ...this.#variables };
  }
  /** Takes the values of tensors by names; other weights stay as they are. */
  setWeights(weights) {
    for (const [name, value] of Object.entries(weights)) {
      const shape = this.#description.weights[name];
      if (shape === undefined) throw new Error(`${this.name} has no weight ${name}`);
      if (
        !(value instanceof tf.Tensor) ||
        value.shape.join() !== shape.join() ||
        value.dtype !== "float32"
      )
        throw new Error(`${name} must be a tensor [${shape.join(", ")}] of float32`);
    }
    for (const [name, value] of Object.entries(weights)) this.#variables[name]?.assign(value);
  }
  /** The weights as a safetensors file. */
  async safetensors() {
    const values = Object.entries(this.#variables).map(async ([name, each]) => [
      name,
      await each.data(),
    ]);
    return writeArrays(this.#description.weights, Object.fromEntries(await Promise.all(values)));
  }
  /** Frees the weights. */
  dispose() {
    this.#isDisposed = true;
    tf.dispose(this.#variables);
  }
}

/** Waits for tfjs, and reads the weights. Rejects where they do not fit. */
async function loadModel(description, { weights } = {}) {
  await tf.ready();
  const bytes = weights === undefined ? await storedBytes(description) : new Uint8Array(weights);
  return new Model(description, readArrays(bytes, description.weights));
}

async function storedBytes({ stored, file }) {
  if (stored !== null) return Uint8Array.from(atob(stored), (character) => character.charCodeAt(0));
  if (file === null) return new Uint8Array(0);
  const isNode = file.protocol === "file:" && typeof process === "object";
  const fs = isNode ? process.getBuiltinModule?.("node:fs") : undefined;
  if (fs !== undefined) return new Uint8Array(fs.readFileSync(file));
  const response = await fetch(file);
  if (!response.ok)
    throw new Error(`the weights could not be read: ${file.href} (${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}

const DESCRIPTION = {
  name: "Translate",
  weights: {
    "enc.embed.table": [5, 2],
    "enc.forward.r.x": [3, 2],
    "enc.forward.r.h": [3, 3],
    "enc.forward.r.b": [3],
    "enc.forward.z.x": [3, 2],
    "enc.forward.z.h": [3, 3],
    "enc.forward.z.b": [3],
    "enc.forward.u.h": [3, 3],
    "enc.forward.u.b": [3],
    "enc.forward.n.x": [3, 2],
    "enc.forward.n.b": [3],
    "enc.backward.r.x": [3, 2],
    "enc.backward.r.h": [3, 3],
    "enc.backward.r.b": [3],
    "enc.backward.z.x": [3, 2],
    "enc.backward.z.h": [3, 3],
    "enc.backward.z.b": [3],
    "enc.backward.u.h": [3, 3],
    "enc.backward.u.b": [3],
    "enc.backward.n.x": [3, 2],
    "enc.backward.n.b": [3],
    "dec.embed.table": [7, 2],
    "dec.linear.arg1": [3, 6],
    "dec.linear.b": [3],
    "dec.W": [6, 3],
    "dec.h.r.x": [3, 8],
    "dec.h.r.h": [3, 3],
    "dec.h.r.b": [3],
    "dec.h.z.x": [3, 8],
    "dec.h.z.h": [3, 3],
    "dec.h.z.b": [3],
    "dec.h.u.h": [3, 3],
    "dec.h.u.b": [3],
    "dec.h.n.x": [3, 8],
    "dec.h.n.b": [3],
    "output.dec": [7, 3],
    "output.b": [7],
  },
  frozen: [],
  run: {
    inputs: [
      {"name":"source","shape":["B","T_source"],"dtype":"int32","time":"T_source"},
      {"name":"output","shape":["B","T_output"],"dtype":"int32","time":"T_output"},
    ],
    lengths: ["source","output"],
    states: [],
    call: (w, ...given) => {
      const outputs = forward(w, ...given);
      return {
        "output.logits": outputs,
      };
    },
  },
  step: null,
  loss: {
    inputs: [
      {"name":"source","shape":["B","T_source"],"dtype":"int32","time":"T_source"},
      {"name":"output","shape":["B","T_output"],"dtype":"int32","time":"T_output"},
    ],
    lengths: ["source","output"],
    states: [],
    call: (w, ...given) => ({ loss: losses(w, ...given) }),
  },
  stored: null,
  file: new URL("./translate.safetensors", import.meta.url),
};

/** Reads the weights, and returns the model. */
export function load(options) {
  return loadModel(DESCRIPTION, options);
}
