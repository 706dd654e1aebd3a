// What Node and a page both do with the library: a cell is run, and a model is trained some updates, large enough for threads.
import { compile } from "../../src/browser.ts";

export interface Outputs {
  readonly run: readonly number[];
  readonly losses: readonly number[];
  readonly cores: number;
}

const MODEL = `
use GRU from "cells"

model Follow(H = 64) {
  input x: seq [16]
  target y: seq [4]
  h = GRU(H)(x)
  predict y from linear(h, out = [4])
}`;

/** `[B, T, width]`. */
function waves(width: number): { readonly shape: readonly number[]; readonly data: Float32Array } {
  const shape = [8, 24, width];
  return { shape, data: Float32Array.from({ length: 8 * 24 * width }, (_, index) => Math.sin(index / 7)) };
}

export async function outputs(): Promise<Outputs> {
  const cell = await compile('use LSTM from "cells"', { target: "wasm", set: { H: 64 }, sizes: { I: 16 }, seed: 3 });
  const { output } = await cell.run({ x: waves(16) });
  const model = await compile(MODEL, { target: "wasm", seed: 3 });
  const trainer = await model.trainer({ optimizer: { kind: "adam", lr: 0.01 } });
  const losses: number[] = [];
  for (let update = 0; update < 5; update++) losses.push((await trainer.update({ x: waves(16), y: waves(4) })).loss);
  return { run: [...(output?.data ?? [])], losses, cores: navigatorCores() };
}

function navigatorCores(): number {
  const navigator: { readonly hardwareConcurrency: number } | undefined = Reflect.get(globalThis, "navigator");
  return navigator?.hardwareConcurrency ?? 1;
}
