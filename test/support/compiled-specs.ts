// Every shipped spec and every wiring of the tests as a compiled model with small sizes, and inputs for it.
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { programOf } from "../../src/compile.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import { compileDefinition } from "../../src/library/compile.ts";
import { hiddenSizes } from "../../src/library/initial-weight.ts";
import type { CompiledModel } from "../../src/library/types.ts";
import { constant, evaluateDim, parseDim, printDim, symbolsOf, type Dim } from "../../src/shape/dim.ts";
import { sizeNamed as thinnedSize } from "../../src/shape/thinned.ts";
import { timeOf } from "../../src/shape/type.ts";
import { isNeeded } from "../../src/train/step-inputs.ts";
import { drawn, uniform } from "../ops/arrays.ts";
import { ALL_CELLS, definitionsOf, MODELS, small, type Shipped } from "./specs.ts";

/** Unequal, so that no exchange of two axes goes unseen. A vocabulary has as many tokens as its size. */
const SIZES: Readonly<Record<string, number>> = {
  I: 2,
  H: 3,
  O: 2,
  N: 4,
  K: 6,
  V: 7,
  C: 5,
  E: 2,
  A: 4,
  S: 5,
  layers: 2,
};

function filesOf(folder: string): readonly Shipped[] {
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const [first] = definitionsOf({ name: file, text: readFileSync(`${folder}/${file}`, "utf8") });
      return { name: file, definition: first?.definition ?? expect.fail(`${file} defines nothing`) };
    });
}

export interface Spec extends Shipped {
  /** Its sizes are smaller than its defaults. */
  readonly isShipped: boolean;
}

export const SPECS: readonly Spec[] = [
  ...[...ALL_CELLS, ...MODELS].map((spec) => ({ ...spec, isShipped: true })),
  ...[...filesOf("test/wirings"), ...filesOf("test/cells")].map((spec) => ({ ...spec, isShipped: false })),
];

function sizeOf(name: string): number {
  return SIZES[name] ?? (name.startsWith("I.") ? 2 : 3);
}

export interface CompiledSpec {
  readonly program: Program;
  readonly model: CompiledModel;
}

/** With first weights. */
export async function compiledSpec({ definition, isShipped }: Spec, target = "wasm"): Promise<CompiledSpec> {
  const options = { ragged: false, training: false, states: "initial" } as const;
  const given = isShipped ? small(definition) : new Map<string, Dim>();
  // What neither an input nor a weight shows must be set.
  const hidden = [...hiddenSizes(programOf(definition, given, options))];
  const statics = new Map([...given, ...hidden.map((name) => [name, constant(sizeOf(name))] as const)]);
  const program = programOf(definition, statics, options);
  const names = new Set(program.graph.inputs().flatMap(({ type }) => type.axes.flatMap(({ size }) => symbolsOf(size))));
  const times = new Set(
    program.inputs.flatMap(({ type }) =>
      type.axes.filter(({ tag }) => tag === "time" || tag === "memory").flatMap(({ size }) => symbolsOf(size)),
    ),
  );
  const open = [...names].filter((name) => name !== "B" && !times.has(name) && !name.startsWith("start."));
  const model = await compileDefinition(
    { target },
    {
      definition,
      statics,
      sizes: new Map(open.map((name) => [name, sizeOf(name)])),
      starts: new Map(),
      vocabularies: () => new Map(),
      weights: {},
      updates: 0,
      origin: { sources: [{ name: "test.rec", asked: "test.rec", text: "" }] },
    },
  );
  return { program, model };
}

export interface SpecInput {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Arrays `[B, T, …]` for what a run needs. Each time is a little longer than the one before. */
export function inputsFor({ program }: CompiledSpec, batch: number, steps: number, seed = 1): Map<string, SpecInput> {
  const sizes = new Map<string, number>([["B", batch]]);
  const needed = program.inputs.filter((input) => isNeeded(program, input, "run"));
  return new Map(
    needed.map(({ name, type, token }, index): [string, SpecInput] => {
      for (const { tag, size } of type.axes)
        if ((tag === "time" || tag === "memory") && thinnedSize(printDim(size), sizes) === undefined)
          sizes.set(printDim(size), steps + 2 * sizes.size - 2);
      const shape = type.axes.map(({ size }) => thinnedSize(printDim(size), sizes) ?? sizeNamed(printDim(size)));
      const ordered = timeOf(type) === undefined ? shape : [shape[1] ?? 1, shape[0] ?? 1, ...shape.slice(2)];
      const count = ordered.reduce((product, size) => product * size, 1);
      const own = seed * 100 + index;
      if (token === undefined)
        return [name, { shape: ordered, data: Float32Array.from(drawn(ordered, own, -1, 1).data) }];
      const tokens = sizeNamed(token.vocabulary);
      return [
        name,
        { shape: ordered, data: Int32Array.from({ length: count }, (_, i) => Math.floor(uniform(own, i) * tokens)) },
      ];
    }),
  );
}

/** Of a printed size: a number, a name, or an expression of names. */
function sizeNamed(text: string): number {
  const dim = parseDim(text);
  return evaluateDim(dim, new Map(symbolsOf(dim).map((name) => [name, sizeOf(name)])));
}

/** One step `[B, …]` of `[B, T, …]`. */
export function stepOf({ shape, data }: SpecInput, step: number): SpecInput {
  const [batch = 1, steps = 1, ...rest] = shape;
  const width = rest.reduce((product, size) => product * size, 1);
  const values = Array.from({ length: batch }, (_, b) => {
    const from = (b * steps + step) * width;
    return Array.from(data.subarray(from, from + width));
  }).flat();
  return {
    shape: [batch, ...rest],
    data: data instanceof Int32Array ? Int32Array.from(values) : Float32Array.from(values),
  };
}
