// A training step and a run of a model around one cell, for any of our targets: `x [T, B, I]` through the cell to a dense
// layer, squared error against `y`.
import { open, programOf } from "../src/compile.ts";
import type { Source } from "../src/base/source.ts";
import { loadFromDisk } from "../src/module/library.ts";
import type { Target } from "../src/targets/target.ts";
import { constant } from "../src/shape/dim.ts";
import type { Batch } from "../src/train/source.ts";
import { Trainer } from "../src/train/trainer.ts";

export interface Workload {
  /** The cell's name and its equations; a library cell needs none. */
  readonly cell: string;
  readonly text?: string;
  readonly B: number;
  readonly T: number;
  readonly I: number;
  readonly H: number;
}

/** Outputs of the dense layer. */
export const OUTPUTS = 16;

function sourceOf({ cell, text }: Workload): Source {
  const head = text ?? `use ${cell} from "cells"\n`;
  const model = `model Bench(H) {\n  input x: seq [I]\n  target y: seq [${OUTPUTS}]\n  h = ${cell}(H)(x)\n  predict y from linear(h, out = [${OUTPUTS}])\n}\n`;
  return { name: "bench.rec", text: `${head}\n${model}` };
}

/** A trainer whose `update` is one training step: forward, gradient, clipping, adam. */
export function trainingStep<T>(
  target: Target<T>,
  load: Workload,
): { step: () => Promise<number>; dispose: () => void } {
  const { B, T, I, H } = load;
  const definition = open(sourceOf(load), loadFromDisk).definitions.get("Bench");
  if (definition === undefined) throw new Error("no model");
  const statics = new Map([["H", constant(H)]]);
  const program = programOf(definition, statics, { ragged: false, training: true, states: "carried" });
  const trainer = new Trainer(program, target, {
    optimizer: { kind: "adam", values: new Map([["lr", 1e-3]]) },
    clip: { norm: 1 },
    seed: 1,
    sizes: new Map([["I", I]]),
  });
  const array = (width: number, shift: number) => ({
    dtype: "float" as const,
    shape: [T, B, width],
    data: Float32Array.from({ length: T * B * width }, (_, index) => Math.sin(index * 0.7 + shift)),
  });
  const batch: Batch = {
    arrays: new Map([
      ["x", array(I, 0)],
      ["y", array(OUTPUTS, 1)],
    ]),
    sizes: new Map([
      ["B", B],
      ["T.x", T],
    ]),
    isFresh: true,
    tokens: B * T,
  };
  return { step: async () => (await trainer.update(batch)).loss, dispose: () => trainer.dispose() };
}
