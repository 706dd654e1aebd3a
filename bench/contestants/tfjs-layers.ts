// tfjs-layers on tfjs' wasm backend. Its GRU applies the reset gate before the product, so its losses are not compared.
import type * as Tf from "@tensorflow/tfjs";
import { COMPARED, meanSquare, repeated, type Contestant } from "../contestant.ts";
import { arrayNamed, stacked, transposed } from "../stacked.ts";
import { dataOf, OUTPUTS, type Weights, type Workload } from "../workload.ts";
import { LARGEST_NORM, RATE } from "./training.ts";

export type Tfjs = (typeof Tf)["default"];

export async function openTfjs(): Promise<Tfjs> {
  const module = await import("@tensorflow/tfjs");
  await import("@tensorflow/tfjs-backend-wasm");
  const tf = module.default ?? module;
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs' wasm backend does not start");
  return tf;
}

/** The layer with its weights: kernel [I, G·H], recurrent kernel [H, G·H], bias [G·H]; undefined if there is no such layer. */
function layerOf(tf: Tfjs, { cell, B, T, I, H }: Workload, weights: Weights): Tf.layers.Layer | undefined {
  if (cell !== "LSTM" && cell !== "GRU") return undefined;
  const options = {
    units: H,
    returnSequences: true,
    recurrentActivation: "sigmoid",
    recurrentInitializer: "zeros",
  } as const;
  const layer = cell === "LSTM" ? tf.layers.lstm(options) : tf.layers.gru(options);
  const gates = cell === "LSTM" ? ["i", "f", "g", "o"] : ["z", "r", "n"];
  const recurrent = gates.map((gate) => (gate === "n" ? (["u", "h"] as const) : gate));
  const rows = gates.length * H;
  tf.tidy(() => {
    // A layer creates its weights when it is first applied.
    layer.apply(tf.zeros([B, T, I]));
    layer.setWeights([
      tf.tensor2d(transposed(stacked(weights, gates, "x"), rows), [I, rows]),
      tf.tensor2d(transposed(stacked(weights, recurrent, "h"), rows), [H, rows]),
      tf.tensor1d(stacked(weights, gates, "b")),
    ]);
  });
  return layer;
}

/** x [B, T, I] or y [B, T, 16]: in tfjs-layers the batch is the first axis. */
export function tensorOf(tf: Tfjs, load: Workload, name: "x" | "y"): Tf.Tensor {
  const array = dataOf(load).get(name);
  return tf.tidy(() =>
    tf.transpose(tf.tensor(Float32Array.from(array?.data ?? []), [...(array?.shape ?? [])]), [1, 0, 2]),
  );
}

function single(output: Tf.Tensor | Tf.Tensor[]): Tf.Tensor {
  const [first] = [output].flat();
  if (first === undefined) throw new Error("tfjs-layers returned no output");
  return first;
}

export function layersTraining(tf: Tfjs, load: Workload, weights: Weights): Contestant | undefined {
  const layer = layerOf(tf, load, weights);
  if (layer === undefined) return undefined;
  const { B, T, H } = load;
  const dense = tf.layers.dense({ units: OUTPUTS });
  tf.tidy(() => {
    dense.apply(tf.zeros([B, T, H]));
    const kernel = tf.tensor2d(transposed(arrayNamed(weights, "y.h"), OUTPUTS), [H, OUTPUTS]);
    dense.setWeights([kernel, tf.tensor1d(arrayNamed(weights, "y.b"))]);
  });
  const [x, y] = [tensorOf(tf, load, "x"), tensorOf(tf, load, "y")];
  const optimizer = tf.train.adam(RATE, 0.9, 0.999, 1e-8);
  const loss = (): Tf.Scalar => {
    const hidden = single(layer.apply(x, { training: true }) as Tf.Tensor);
    return tf.mean(tf.square(tf.sub(single(dense.apply(hidden) as Tf.Tensor), y))).asScalar();
  };
  const once = async (): Promise<number> => {
    const value = tf.tidy(() => {
      const { value: before, grads } = tf.variableGrads(loss);
      const all = Object.entries(grads);
      const norm = tf.sqrt(tf.addN(all.map(([, gradient]) => tf.sum(tf.square(gradient)))));
      const scale = tf.div(LARGEST_NORM, tf.maximum(norm, LARGEST_NORM));
      optimizer.applyGradients(all.map(([name, gradient]) => ({ name, tensor: tf.mul(gradient, scale) })));
      return before;
    });
    const [number = NaN] = await value.data();
    value.dispose();
    return number;
  };
  const dispose = (): void => {
    for (const each of [layer, dense, optimizer, x, y]) each.dispose();
  };
  const isComparable = load.cell === "LSTM";
  const contestant = repeated({ who: "tfjs-layers-wasm", threads: 1, once, compared: COMPARED, dispose });
  return isComparable ? contestant : { ...contestant, first: async () => [] };
}

export function layersRun(tf: Tfjs, load: Workload, weights: Weights): Contestant | undefined {
  const layer = layerOf(tf, load, weights);
  if (layer === undefined) return undefined;
  const x = tensorOf(tf, load, "x");
  const outputs = async (): Promise<ArrayLike<number>> => {
    const output = tf.tidy(() => single(layer.apply(x) as Tf.Tensor));
    const data = await output.data();
    output.dispose();
    return data;
  };
  const dispose = (): void => {
    for (const each of [layer, x]) each.dispose();
  };
  const once = async (): Promise<number> => (await outputs()).length;
  const contestant = repeated({ who: "tfjs-layers-wasm", threads: 1, once, compared: 0, dispose });
  const first = async () => (load.cell === "LSTM" ? [meanSquare(await outputs())] : []);
  return { ...contestant, first };
}
