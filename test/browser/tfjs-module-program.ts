// What Node and a page both do with a compiled module of the format `tfjs`: train it by an optimizer of tfjs, and run it.
import * as tf from "@tensorflow/tfjs";
import type { Model } from "../../src/export/tfjs/runtime/model.ts";

/** A spec whose module it trains. */
export const SUM = `use GRU from "cells"
model Sum {
  input x: seq [2]
  target y: seq [1]
  h = GRU(4)(x)
  predict y from linear(h, out = 1) by squared weight = 0.5
}`;

export interface Trained {
  readonly backend: string;
  readonly losses: readonly number[];
  /** What the trained model computes. */
  readonly output: readonly number[];
  /** How many tensors there are after each update. */
  readonly held: readonly number[];
}

/** By momentum: Adam begins with 1 - 0.999, which the powers of a GPU change in its fourth digit. */
export async function trained(model: Model): Promise<Trained> {
  const x = tf.tensor(
    Float32Array.from({ length: 48 }, (_, place) => Math.sin(place * 1.7)),
    [4, 6, 2],
  );
  const y = tf.sum(x, 2, true);
  const optimizer = tf.train.momentum(0.2, 0.9);
  const losses: number[] = [];
  const held: number[] = [];
  for (let update = 0; update < 5; update++) {
    const loss = optimizer.minimize(() => model.loss({ x, y }, { lengths: { x: [6, 3, 1, 5] } }).asScalar(), true);
    losses.push((await loss?.data())?.[0] ?? NaN);
    loss?.dispose();
    held.push(tf.memory().numTensors);
  }
  const results = model.run({ x });
  const output = Array.from((await results["y"]?.data()) ?? []);
  tf.dispose([x, y, results]);
  optimizer.dispose();
  return { backend: tf.getBackend(), losses, output, held };
}
