// A program that Node and a page both run: it runs a cell, and trains a model for some updates.
import { compile } from "../../src/browser.ts";

export interface Settings {
  readonly target: string;
  /** Sizes of the batch, of its sequences and of the state. */
  readonly B: number;
  readonly T: number;
  readonly H: number;
}

export interface Outputs {
  readonly run: readonly number[];
  readonly losses: readonly number[];
}

/** Large enough for threads. */
export const WIDE: Settings = { target: "wasm", B: 8, T: 24, H: 64 };

const UPDATES = 5;

const MODEL = `
use GRU from "cells"

model Follow(H = 64) {
  input x: seq [16]
  target y: seq [4]
  h = GRU(H)(x)
  predict y from linear(h, out = [4])
}`;

/** `[B, T, width]`. */
function waves(
  B: number,
  T: number,
  width: number,
): { readonly shape: readonly number[]; readonly data: Float32Array } {
  const shape = [B, T, width];
  return { shape, data: Float32Array.from({ length: B * T * width }, (_, index) => Math.sin(index / 7)) };
}

/** `onUpdate` is called after each update. */
export async function outputs({ target, B, T, H }: Settings, onUpdate = (): unknown => undefined): Promise<Outputs> {
  const [x, y] = [waves(B, T, 16), waves(B, T, 4)];
  const cell = await compile('use LSTM from "cells"', { target, set: { H }, sizes: { I: 16 }, seed: 3 });
  const { output } = await cell.run({ x });
  const model = await compile(MODEL, { target, set: { H }, seed: 3 });
  const trainer = await model.trainer({ optimizer: { kind: "adam", lr: 0.01 } });
  const losses: number[] = [];
  for (let update = 0; update < UPDATES; update++) {
    losses.push((await trainer.update({ x, y })).loss);
    onUpdate();
  }
  trainer.dispose();
  for (const each of [model, cell]) each.dispose();
  return { run: [...(output?.data ?? [])], losses };
}
