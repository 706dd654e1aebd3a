// The measured model: a cell over `x [T, B, I]` and a dense layer, with squared error against `y [T, B, 16]`; or the cell alone.
// All contestants start with the same weights and read the same data.
import { readFileSync } from "node:fs";
import { open, programOf } from "../src/compile.ts";
import { lengths, printInput } from "../src/graph/border.ts";
import type { Program } from "../src/lang/elaborate/program.ts";
import { loadEmbedded } from "../src/shipped/embedded.ts";
import { writeSafetensors } from "../src/checkpoint/safetensors.ts";
import { constant, evaluateDim, type Sizes } from "../src/shape/dim.ts";
import type { HostArray } from "../src/targets/target.ts";
import { initialValues } from "../src/train/initial.ts";

export interface Workload {
  /** The cell's name. */
  readonly cell: string;
  /** The file with its equations; absent for a shipped cell. */
  readonly file?: string;
  readonly B: number;
  readonly T: number;
  readonly I: number;
  readonly H: number;
  /** Steps of a memory `m [S, B, H]` that the cell attends to. */
  readonly S?: number;
  /** Whether lengths of examples differ, from half of T to T. */
  readonly ragged?: boolean;
}

/** The number of outputs of the dense layer. */
export const OUTPUTS = 16;
const SEED = 1;

/** `lstm-32-50-64-128`: the cell, B, T, I, H; then `50m` for a memory of 50 steps, `ragged` for lengths that differ. */
export function caseName({ cell, B, T, I, H, S, ragged = false }: Workload): string {
  const more = [...(S === undefined ? [] : [`${S}m`]), ...(ragged ? ["ragged"] : [])];
  return [cell.toLowerCase(), B, T, I, H, ...more].join("-");
}

/** The model `Bench`, for training, and the cell `Hidden`, for running. The weight `h.f.x` of `Bench` is `cell.h.f.x` in `Hidden`. */
function sourceText({ cell, file, S }: Workload): string {
  const head = file === undefined ? `use ${cell} from "cells"\n` : readFileSync(file, "utf8");
  if (S !== undefined) return `${head}\n${modelText(`${cell}(H)(x, memory = m)`, "  input m: seq [H]\n")}`;
  return `${head}
cell Hidden(H) {
  input x
  h = ${cell}(H)(x)
  output h
}

${modelText(`${cell}(H)(x)`, "")}`;
}

function modelText(h: string, memory: string): string {
  return `model Bench(H) {
  input x: seq [I]
${memory}  target y: seq [${OUTPUTS}]
  h = ${h}
  predict y from linear(h, out = [${OUTPUTS}])
}
`;
}

function programNamed(name: "Bench" | "Hidden", load: Workload, training: boolean): Program {
  const scope = open({ name: "bench.rec", text: sourceText(load) }, loadEmbedded);
  const definition = scope.definitions.get(name);
  if (definition === undefined) throw new Error(`no ${name}`);
  const { H, ragged = false } = load;
  return programOf(definition, new Map([["H", constant(H)]]), { ragged, training, states: "initial" });
}

export function trainingProgramOf(load: Workload): Program {
  return programNamed("Bench", load, true);
}

export function hiddenProgramOf(load: Workload): Program {
  return programNamed("Hidden", load, false);
}

/** The values of all sizes of both programs. */
export function sizesOf({ B, T, I, S }: Workload): Sizes {
  return new Map([["B", B], ["T", T], ["T.x", T], ["I", I], ...(S === undefined ? [] : ([["T.m", S]] as const))]);
}

/** Numbers that are the same for all contestants: sin(0.7 · index + shift). */
export function waves(shape: readonly number[], shift: number): HostArray {
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length: count }, (_, index) => Math.sin(index * 0.7 + shift));
  return { dtype: "float", shape, data };
}

/** x [T, B, I] and y [T, B, 16]; m [S, B, H], and the lengths [B], where the workload has them. */
export function dataOf({ B, T, I, H, S, ragged = false }: Workload): ReadonlyMap<string, HostArray> {
  const length = (example: number): number => Math.max(1, T - Math.floor((T * example) / (2 * B)));
  const lengthsOf: HostArray = { dtype: "int", shape: [B], data: Int32Array.from({ length: B }, (_, b) => length(b)) };
  return new Map([
    ["x", waves([T, B, I], 0)],
    ["y", waves([T, B, OUTPUTS], 1)],
    ...(S === undefined ? [] : ([["m", waves([S, B, H], 2)]] as const)),
    ...(ragged ? ([[printInput(lengths("T.x")), lengthsOf]] as const) : []),
  ]);
}

/** The name in `Bench` of a weight of `Hidden`. */
export function nameInBench(name: string): string {
  return name.replace(/^cell\./, "");
}

export type Weights = ReadonlyMap<string, HostArray>;

/** The initial weights of all contestants, by their names in `Bench`. */
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

/** Returns the bytes of a safetensors file, for peers in other languages. */
export function weightBytes(weights: Weights): Uint8Array {
  const tensors = [...weights].map(([name, { shape, data }]) => {
    return [name, { dtype: "F32", shape, data: Float32Array.from(data) }] as const;
  });
  return writeSafetensors({ tensors: new Map(tensors), metadata: {} });
}
