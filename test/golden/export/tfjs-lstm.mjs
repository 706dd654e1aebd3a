// lstm of a test. Generated: do not edit.
//
//     import { load } from "./lstm.mjs";
//     const model = await load();
//
// Tensors come batch first. Inside, steps come first: [T, B, ...].
import * as tf from "@tensorflow/tfjs";

/** One step of LSTM. */
function lstm(w, x, h_prev, c_prev) {
  // f = sigmoid(linear(x, h[t-1], bias = 1))
  const f = tf.sigmoid(
    tf.add(
      tf.add(tf.matMul(x, w["f.x"], false, true), tf.matMul(h_prev, w["f.h"], false, true)),
      w["f.b"],
    ),
  );
  // i = sigmoid(linear(x, h[t-1]))
  const i = tf.sigmoid(
    tf.add(
      tf.add(tf.matMul(x, w["i.x"], false, true), tf.matMul(h_prev, w["i.h"], false, true)),
      w["i.b"],
    ),
  );
  // g = tanh(linear(x, h[t-1]))
  const g = tf.tanh(
    tf.add(
      tf.add(tf.matMul(x, w["g.x"], false, true), tf.matMul(h_prev, w["g.h"], false, true)),
      w["g.b"],
    ),
  );
  // o = sigmoid(linear(x, h[t-1]))
  const o = tf.sigmoid(
    tf.add(
      tf.add(tf.matMul(x, w["o.x"], false, true), tf.matMul(h_prev, w["o.h"], false, true)),
      w["o.b"],
    ),
  );
  // c = f * c[t-1] + i * g
  const c = tf.add(tf.mul(f, c_prev), tf.mul(i, g));
  // h = o * tanh(c)
  const h = tf.mul(o, tf.tanh(c));
  return [h, c];
}

/**
 * x: [B, T, 2]
 * lengths: [B], the steps of each example in x; all steps by default
 * state: what an earlier call returned; the first values by default
 * Returns output [B, T, 3], and the states after the last step by name.
 */
function forward(w, x, lengths, state) {
  x = swapped(x);
  const T = x.shape[0];
  const B = x.shape[1];
  lengths ??= tf.fill([B], T, "int32");
  const h_0 = state === undefined ? tf.zeros([B, 3]) : state["h"];
  const c_0 = state === undefined ? tf.zeros([B, 3]) : state["c"];
  const moves = movingSteps(borrow(lengths, lengths), T);
  x = hold(x, lengths);
  const moves_steps = tf.unstack(moves);
  const x_steps = tf.unstack(x);
  let h = h_0;
  let c = c_0;
  let h_seq = [];
  for (let t = 0; t < T; t++) {
    const [h_next, c_next] = tf.tidy(() => lstm(w, x_steps[t], h, c));
    h_seq.push(h_next);
    h = tf.where(tf.expandDims(moves_steps[t], 1), h_next, h);
    c = tf.where(tf.expandDims(moves_steps[t], 1), c_next, c);
  }
  h_seq = tf.stack(h_seq);
  const has_steps = constantly(tf.greater, asFloat(lengths), 0);
  return [
    swapped(tf.where(tf.expandDims(realSteps(lengths, T), 2), h_seq, 0)),
    {
      "h": tf.where(tf.expandDims(has_steps, 1), h, h_0),
      "c": tf.where(tf.expandDims(has_steps, 1), c, c_0),
    },
  ];
}

/**
 * One step: times have one.
 * x: [B, 1, 2]
 * state: what an earlier call returned; the first values by default
 * Returns output [B, 1, 3], and the states after the last step by name.
 */
function step(w, x, state) {
  x = swapped(x);
  const B = x.shape[1];
  const x_steps = tf.unstack(x);
  let h = state === undefined ? tf.zeros([B, 3]) : state["h"];
  let c = state === undefined ? tf.zeros([B, 3]) : state["c"];
  let h_seq = [];
  for (let t = 0; t < 1; t++) {
    [h, c] = tf.tidy(() => lstm(w, x_steps[t], h, c));
    h_seq.push(h);
  }
  h_seq = tf.stack(h_seq);
  return [swapped(h_seq), { "h": h, "c": c }];
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

/** [T, 1]: the numbers of steps. */
function stepNumbers(steps) {
  return tf.expandDims(tf.range(0, steps, 1, "int32"), 1);
}

/** Steps first instead of batch first, and the other way round. */
function swapped(x) {
  return permuted(x, [1, 0, ...x.shape.slice(2).map((_, axis) => axis + 2)]);
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
  name: "LSTM",
  weights: {
    "f.x": [3, 2],
    "f.h": [3, 3],
    "f.b": [3],
    "i.x": [3, 2],
    "i.h": [3, 3],
    "i.b": [3],
    "g.x": [3, 2],
    "g.h": [3, 3],
    "g.b": [3],
    "o.x": [3, 2],
    "o.h": [3, 3],
    "o.b": [3],
  },
  frozen: [],
  run: {
    inputs: [
      {"name":"x","shape":["B","T",2],"dtype":"float32","time":"T"},
    ],
    lengths: ["x"],
    states: [
      {"key":"h","name":"state.h","shape":["B",3],"dtype":"float32","time":null},
      {"key":"c","name":"state.c","shape":["B",3],"dtype":"float32","time":null},
    ],
    call: (w, ...given) => {
      const [outputs, last] = forward(w, ...given);
      return {
        "output": outputs,
        "state.h": last["h"],
        "state.c": last["c"],
      };
    },
  },
  step: {
    time: "T",
    inputs: [
      {"name":"x","shape":["B","T",2],"dtype":"float32","time":"T"},
    ],
    lengths: [],
    states: [
      {"key":"h","name":"state.h","shape":["B",3],"dtype":"float32","time":null},
      {"key":"c","name":"state.c","shape":["B",3],"dtype":"float32","time":null},
    ],
    call: (w, ...given) => {
      const [outputs, last] = step(w, ...given);
      return {
        "output": tf.squeeze(outputs, [1]),
        "state.h": last["h"],
        "state.c": last["c"],
      };
    },
  },
  loss: null,
  stored: null,
  file: new URL("./lstm.safetensors", import.meta.url),
};

/** Reads the weights, and returns the model. */
export function load(options) {
  return loadModel(DESCRIPTION, options);
}
