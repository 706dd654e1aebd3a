// The measured model: a cell over `x [T, B, I]` and a dense layer, with squared error against `y [T, B, 16]`; or the cell alone.
// All contestants start with the same weights and read the same data.
import { readFileSync } from "node:fs";
import { open, programOf } from "../src/compile.ts";
import type { Program } from "../src/lang/elaborate/program.ts";
import { loadEmbedded } from "../src/shipped/embedded.ts";
import { writeSafetensors } from "../src/checkpoint/safetensors.ts";
import { constant, evaluateDim, type Sizes } from "../src/shape/dim.ts";
import type { HostArray } from "../src/targets/target.ts";
import { initialValues } from "../src/train/initial.ts";

export interface Workload {
  /** The cell's name. */
  readonly cell: string;
  /** Where its equations stand; a library cell needs none. */
  readonly file?: string;
  readonly B: number;
  readonly T: number;
  readonly I: number;
  readonly H: number;
}

/** Outputs of the dense layer. */
export const OUTPUTS = 16;
const SEED = 1;

/** `lstm-32-50-64-128`: the cell, B, T, I, H. */
export function caseName({ cell, B, T, I, H }: Workload): string {
  return [cell.toLowerCase(), B, T, I, H].join("-");
}

/** The model `Bench`, for training, and the cell `Hidden`, for running; what is `h.f.x` there is `cell.h.f.x` here. */
function sourceText({ cell, file }: Workload): string {
  const head = file === undefined ? `use ${cell} from "cells"\n` : readFileSync(file, "utf8");
  return `${head}
cell Hidden(H) {
  input x
  h = ${cell}(H)(x)
  output h
}

model Bench(H) {
  input x: seq [I]
  target y: seq [${OUTPUTS}]
  h = ${cell}(H)(x)
  predict y from linear(h, out = [${OUTPUTS}])
}
`;
}

function programNamed(name: "Bench" | "Hidden", load: Workload, training: boolean): Program {
  const scope = open({ name: "bench.rec", text: sourceText(load) }, loadEmbedded);
  const definition = scope.definitions.get(name);
  if (definition === undefined) throw new Error(`no ${name}`);
  return programOf(definition, new Map([["H", constant(load.H)]]), { ragged: false, training, states: "initial" });
}

export function trainingProgramOf(load: Workload): Program {
  return programNamed("Bench", load, true);
}

export function hiddenProgramOf(load: Workload): Program {
  return programNamed("Hidden", load, false);
}

/** A value for each size that either program has. */
export function sizesOf({ B, T, I }: Workload): Sizes {
  return new Map([
    ["B", B],
    ["T", T],
    ["T.x", T],
    ["I", I],
  ]);
}

/** Numbers that are the same everywhere: sin(0.7 · index + shift). */
export function waves(shape: readonly number[], shift: number): HostArray {
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length: count }, (_, index) => Math.sin(index * 0.7 + shift));
  return { dtype: "float", shape, data };
}

/** x [T, B, I] and y [T, B, 16]. */
export function dataOf({ B, T, I }: Workload): ReadonlyMap<"x" | "y", HostArray> {
  return new Map([
    ["x", waves([T, B, I], 0)],
    ["y", waves([T, B, OUTPUTS], 1)],
  ]);
}

/** What a weight of `Hidden` is called in `Bench`. */
export function nameInBench(name: string): string {
  return name.replace(/^cell\./, "");
}

export type Weights = ReadonlyMap<string, HostArray>;

/** The weights that everyone begins with, by their names in `Bench`. */
export function weightsOf(load: Workload): Weights {
  return initialWeights(trainingProgramOf(load), sizesOf(load));
}

export function initialWeights(program: Program, sizes: Sizes): Weights {
  return new Map(
    program.parameters.map(({ name, type, init }) => {
      const shape = type.axes.map((axis) => evaluateDim(axis.size, sizes));
      return [name, { dtype: "float", shape, data: Float32Array.from(initialValues(init, shape, SEED, name)) }];
    }),
  );
}

/** As a safetensors file's bytes, for peers in other languages. */
export function weightBytes(weights: Weights): Uint8Array {
  const tensors = [...weights].map(([name, { shape, data }]) => {
    return [name, { dtype: "F32", shape, data: Float32Array.from(data) }] as const;
  });
  return writeSafetensors({ tensors: new Map(tensors), metadata: {} });
}
