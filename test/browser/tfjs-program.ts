// What Node and a page both do with a model inside tfjs: some updates on tfjs' wasm backend.
import * as tf from "@tensorflow/tfjs";
import { compile } from "../../src/browser.ts";

export async function lossesInTfjs(): Promise<readonly number[]> {
  await tf.setBackend("wasm");
  const cell = await compile('use LSTM from "cells"', {
    target: "reference",
    set: { H: 16 },
    sizes: { I: 4 },
    seed: 3,
  });
  const layer = await cell.onTfjs(tf);
  const x = tf.tensor(
    Float32Array.from({ length: 3 * 10 * 4 }, (_, index) => Math.sin(index / 3)),
    [3, 10, 4],
  );
  const optimizer = tf.train.adam(0.05);
  const losses: number[] = [];
  for (let update = 0; update < 5; update++) {
    const loss = optimizer.minimize(() => {
      const { output } = layer.apply({ x });
      return tf.losses.meanSquaredError(tf.onesLike(output ?? x), output ?? x);
    }, true);
    losses.push((await loss?.data())?.[0] ?? NaN);
  }
  layer.dispose();
  return losses;
}

/** Whether tfjs' memory is shared with threads of its own. */
export function isShared(): boolean {
  const { wasm }: { wasm: { HEAPU8: Uint8Array } } = Object(tf.backend());
  return typeof SharedArrayBuffer !== "undefined" && wasm.HEAPU8.buffer instanceof SharedArrayBuffer;
}
