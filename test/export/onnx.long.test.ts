// ONNX files of every shipped spec and every wiring, in onnxruntime and in ONNX's own checker: whole sequences, sequences with lengths,
// and steps.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { ExportedFile } from "../../src/export/request.ts";
import { asciiName } from "../../src/export/identifiers.ts";
import type { Results } from "../../src/library/types.ts";
import { readOnnx } from "../../src/onnx/read.ts";
import { printDim } from "../../src/shape/dim.ts";
import { timeOf } from "../../src/shape/type.ts";
import { isGivenOnce } from "../../src/train/step-inputs.ts";
import {
  compiledSpec,
  inputsFor,
  SPECS,
  stepOf,
  type CompiledSpec,
  type SpecInput,
} from "../support/compiled-specs.ts";
import { OPERATOR_CELLS } from "../support/operator-cells.ts";
import { HAS_CHECKER, HAS_ONNXRUNTIME, onnxSession, PYTHON, type Feeds, type Found } from "../support/onnxruntime.ts";

/** Both compute in float32, in another order of sums; relative to numbers above 1. */
const TOLERANCE = 1e-5;

const SHAPES = [
  [2, 4],
  [3, 7],
  [1, 1],
] as const;

function contentOf(files: readonly ExportedFile[], name: string): Uint8Array | undefined {
  const content = files.find((file) => file.name === name)?.content;
  return typeof content === "string" ? expect.fail("an ONNX file is bytes") : content;
}

/** `isSeen`: whether results of an example mean something at a step. */
function compare(
  found: Found,
  expected: Results,
  isSeen: (example: number, step: number) => boolean = () => true,
): void {
  for (const [name, { shape, data }] of Object.entries(expected)) {
    const own =
      found.get(`${asciiName(name)}_predicted`) ?? found.get(asciiName(name)) ?? expect.fail(`no output for ${name}`);
    expect([...own.shape], name).toEqual([...shape]);
    const [, steps = 1, ...rest] = shape;
    const width = rest.reduce((product, size) => product * size, 1);
    data.forEach((value, i) => {
      const place = Math.floor(i / width);
      const there = own.data[i] ?? NaN;
      if (!isSeen(Math.floor(place / steps), place % steps) || Object.is(there, value)) return;
      const difference = Math.abs(there - value) / Math.max(1, Math.abs(value));
      if (!(difference <= TOLERANCE)) expect.fail(`${name}[${i}]: onnxruntime ${there}, Recurra ${value}`);
    });
  }
}

function fed(arrays: ReadonlyMap<string, SpecInput>): Feeds {
  return new Map([...arrays].map(([name, array]) => [asciiName(name), array]));
}

/** Lengths of three examples for each time, by the first input that has it. A memory may be empty. */
function lengthsFor(
  { program }: CompiledSpec,
  inputs: ReadonlyMap<string, SpecInput>,
): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly [name: string, lengths: readonly number[]]>();
  for (const { name, type, role } of program.inputs) {
    const [time, steps] = [timeOf(type), inputs.get(name)?.shape[1]];
    if (time === undefined || steps === undefined || found.has(printDim(time))) continue;
    found.set(printDim(time), [name, [steps, Math.max(1, steps - 3), role === "memory" ? 0 : steps - 1]]);
  }
  return new Map(found.values());
}

/** Whatever they are: the first step is fresh. Of two examples; a size that is not known is that of a memory's time. */
function firstStates(bytes: Uint8Array, places: number): Feeds {
  const { inputs } = readOnnx(bytes).graph;
  return new Map(
    inputs.flatMap(({ name, type, shape }) => {
      if (!name.startsWith("state_")) return [];
      const sizes = (shape ?? []).map((size) => (typeof size === "number" ? size : size === "B" ? 2 : places));
      const count = sizes.reduce((product, size) => product * size, 1);
      const data = type === "float" ? new Float32Array(count).fill(9) : new Int32Array(count).fill(1);
      return [[name, { shape: sizes, data }] as const];
    }),
  );
}

function nextStates(states: Feeds, found: Found): Feeds {
  return new Map(
    [...states].map(([name, { data }]) => {
      const next = found.get(`next_${name}`) ?? expect.fail(`no output next_${name}`);
      const numbers = Array.from(next.data);
      return [
        name,
        { shape: next.shape, data: data instanceof Int32Array ? Int32Array.from(numbers) : Float32Array.from(numbers) },
      ];
    }),
  );
}

const ALL = [...SPECS, ...OPERATOR_CELLS.map(({ spec }) => spec)];

describe.skipIf(!HAS_ONNXRUNTIME).each(ALL.map((spec) => [spec.name, spec] as const))("%s", (_, spec) => {
  let compiled: CompiledSpec;
  let files: readonly ExportedFile[];
  beforeAll(async () => {
    compiled = await compiledSpec(spec);
    files = await compiled.model.compile({ format: "onnx", name: "x" });
  });

  test("whole sequences, of other batches and lengths too", async () => {
    const session = await onnxSession(contentOf(files, "x.onnx") ?? expect.fail("no file"));
    for (const [batch, steps] of SHAPES) {
      const inputs = inputsFor(compiled, batch, steps);
      const expected = await compiled.model.run(Object.fromEntries(inputs));
      compare(await session.run(fed(inputs)), expected);
    }
  });

  test("sequences with lengths", async () => {
    const bytes = contentOf(files, "x-ragged.onnx");
    const inputs = inputsFor(compiled, 3, 5);
    const lengths = lengthsFor(compiled, inputs);
    expect(bytes === undefined).toBe(lengths.size === 0);
    if (bytes === undefined) return;
    const session = await onnxSession(bytes);
    const expected = await compiled.model.run(Object.fromEntries(inputs), { lengths: Object.fromEntries(lengths) });
    const given = [...lengths].map(([name, own]) => {
      const data = Int32Array.from(own);
      return [lengths.size === 1 ? "lengths" : `lengths_${asciiName(name)}`, { shape: [3], data }] as const;
    });
    const found = await session.run(new Map([...fed(inputs), ...given]));
    for (const [name, array] of Object.entries(expected)) {
      // Logits and what is made of them mean nothing behind an example's end.
      const isLogits = compiled.program.predictions.some((prediction) => name.startsWith(prediction.name));
      const own = [...lengths.values()].find(([longest]) => longest === array.shape[1]);
      compare(found, { [name]: array }, (example, step) => !isLogits || step < (own?.[example] ?? Infinity));
    }
  });

  test("steps", async () => {
    const bytes = contentOf(files, "x-step.onnx");
    if (bytes === undefined) {
      expect(() => compiled.model.start({ batch: 2 })).toThrow("step");
      return;
    }
    const session = await onnxSession(bytes);
    const inputs = [...inputsFor(compiled, 2, 5)];
    const memory = compiled.program.inputs.find(({ role }) => role === "memory");
    const places = inputs.find(([name]) => name === memory?.name)?.[1].shape[1] ?? 5;
    const isSame = (name: string): boolean =>
      compiled.program.inputs.some((input) => input.name === name && isGivenOnce(input));
    const stream = compiled.model.start({
      batch: 2,
      inputs: Object.fromEntries(inputs.filter(([name]) => isSame(name))),
    });
    let states = firstStates(bytes, places);
    for (let step = 0; step < 5; step++) {
      const now = inputs.map(([name, array]) => [name, isSame(name) ? array : stepOf(array, step)] as const);
      const expected = stream.step(Object.fromEntries(now.filter(([name]) => !isSame(name))));
      const fresh = { shape: [2], data: new Float32Array(2).fill(step === 0 ? 1 : 0) };
      const marks = session.inputs.includes("fresh") ? [["fresh", fresh] as const] : [];
      const found = await session.run(new Map([...fed(new Map(now)), ...states, ...marks]));
      compare(found, expected);
      states = nextStates(states, found);
    }
    stream.dispose();
  });
});

const CHECK = `
import sys, onnx
for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
`;

test.skipIf(!HAS_CHECKER)(
  "onnx.checker accepts every file, also with a file of weights",
  { timeout: 300_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "recurra-onnx-"));
    try {
      const paths: string[] = [];
      for (const [index, spec] of ALL.entries()) {
        const { model } = await compiledSpec(spec);
        const files = await model.compile({ format: "onnx", name: `x${index}`, weightsFile: index % 2 === 0 });
        for (const { name, content } of files) {
          writeFileSync(join(folder, name), content);
          if (name.endsWith(".onnx")) paths.push(join(folder, name));
        }
      }
      execFileSync(PYTHON, ["-c", CHECK, ...paths], { stdio: "pipe" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test.skipIf(!HAS_ONNXRUNTIME)("weights in a file of their own are the same weights", async () => {
  const folder = mkdtempSync(join(tmpdir(), "recurra-onnx-"));
  try {
    const compiled = await compiledSpec(SPECS.find(({ name }) => name === "CharLM") ?? expect.fail("no CharLM"));
    const files = await compiled.model.compile({ format: "onnx", name: "x", weightsFile: true });
    expect(files.map(({ name }) => name)).toEqual(["x.onnx", "x-ragged.onnx", "x-step.onnx", "x.weights"]);
    for (const { name, content } of files) writeFileSync(join(folder, name), content);
    const session = await onnxSession(join(folder, "x.onnx"));
    const inputs = inputsFor(compiled, 2, 3);
    compare(await session.run(fed(inputs)), await compiled.model.run(Object.fromEntries(inputs)));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
