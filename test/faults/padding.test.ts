// Padding is as finite as what is real: a ragged batch gives what each example gives alone, forward and backward, whatever is not finite
// at 0 or at a pair of values that never occurs, with NaN in the padding, examples of one step and without any.
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { compile } from "../../src/index.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Options } from "../../src/lang/elaborate/options.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import { ROWS } from "../../src/ops/table.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { toleranceOf } from "../support/float32.ts";
import { expectAsAlone, padded, type Ragged, type Results } from "../support/padded.ts";
import { floatOutputs, FULL, programFrom, RAGGED, requestFor } from "../support/specs.ts";
import { APPLICATIONS, FUNCTIONS } from "./padding-cases.ts";

/** T, 1, T - 2 and no steps at all, of a time that is padded by two steps more. */
const LENGTHS = [4, 1, 2, 0];
const PADDING = 2;

interface Case extends Ragged {
  readonly alone: Graph;
  readonly prediction: string | undefined;
}

function programOf(text: string, options: Options): Program {
  return programFrom(text, { ...options, states: text.startsWith("model") ? "initial" : "given" });
}

function caseOf(text: string): Case {
  const [ragged, full] = [programOf(text, RAGGED), programOf(text, FULL)];
  const outputs = ragged.predictions.length > 0 ? ["loss"] : floatOutputs(ragged);
  return {
    graph: lower(ragged.graph, requestFor(ragged, outputs)),
    alone: lower(full.graph, requestFor(full, outputs)),
    prediction: ragged.predictions[0]?.name,
    lengths: LENGTHS,
    data: (drawn) => Math.exp(0.5 * drawn),
  };
}

function expectFinite(results: Results): void {
  for (const [name, { data }] of results) expect(data.every(Number.isFinite), `${name} is finite`).toBe(true);
}

const reference = referenceTarget();

describe("reference: as each example alone, to the rounding of sums", () => {
  test.each([...FUNCTIONS, ...APPLICATIONS])("%s", async (_, text) => {
    const example = caseOf(text);
    const whole = await padded(reference, example, PADDING, [NaN, -1]);
    expectFinite(whole);
    await expectAsAlone(example, example, whole);
  });

  test("all ops of the table are covered, except those that only gradients and unrolled loops use", () => {
    const nodes = [...FUNCTIONS, ...APPLICATIONS].flatMap(([, text]) => programOf(text, RAGGED).graph.all());
    const met = new Set(nodes.map(({ op }) => op));
    const others = ["pad", "diagonal", "at", "every", "weave", "recall", "size", "log1p", "erf"];
    expect(ROWS.map(({ name }) => name).filter((name) => !met.has(name) && !others.includes(name))).toEqual([]);
  });
});

const FLOAT32 = [
  ["wasm", (example: Ragged) => padded(wasm, example, PADDING, [NaN, -1])],
  ["tfjs-wasm", (example: Ragged) => padded(tfjsWasm, example, PADDING, [NaN, -1])],
] as const;
const wasm = await wasmTarget();
const tfjsWasm = await tfjsTarget("wasm");

describe.each(FLOAT32)("%s: as each example alone", (_, run) => {
  test.each(APPLICATIONS)("%s", async (__, text) => {
    const example = caseOf(text);
    const whole = await run(example);
    expectFinite(whole);
    await expectAsAlone(example, example, whole, toleranceOf);
  });
});

describe("the library", () => {
  const text = `cell C(H) { input x, dt: []; state h: [H]; h = tanh(linear(x / dt, h[t-1])) }
model M { input x, dt: seq []; target y: []; h = C(3)(x, dt); predict y from linear(last(h), out = []) }`;
  const x = [
    [1, 2, 3],
    [2, 1, 0],
  ];
  const dt = [
    [1, 0.5, 2],
    [0.5, 1, 1],
  ];

  test("rows of unequal length: predictions are those of each alone, and an update is finite", async () => {
    const model = await compile(text, { model: "M", seed: 1 });
    if (model.kind !== "model") return expect.fail("no model");
    const lengths = { x: [3, 2] };
    const { y } = await model.run({ x, dt }, { lengths });
    expect(y?.data[0]).toBeCloseTo(0.5385, 4);
    expect(y?.data[1]).toBeCloseTo(-0.2905, 4);
    const { loss, norm } = await (await model.trainer()).update({ x, dt, y: [0, 1] }, { lengths });
    expect([loss, norm].every(Number.isFinite)).toBe(true);
    model.dispose();
  });

  test("behind an example's end, and of one without steps, predictions are 0", async () => {
    const model = await compile("model M { input x: seq []; target y: seq []; predict y from 1 / x }", {});
    if (model.kind !== "model") return expect.fail("no model");
    const { y } = await model.run({ x: [[2, 4, NaN], x[0] ?? [], [4, 0, 0]] }, { lengths: { x: [2, 0, 1] } });
    expect([...(y?.data ?? [])]).toEqual([0.5, 0.25, 0, 0, 0, 0, 0.25, 0, 0]);
    model.dispose();
  });

  test("a batch of nothing but empty examples: predictions are those of the bias, and an update is finite", async () => {
    const model = await compile(text, { model: "M", seed: 1 });
    if (model.kind !== "model") return expect.fail("no model");
    const lengths = { x: [0, 0] };
    const { y } = await model.run({ x, dt }, { lengths });
    expect([...(y?.data ?? [])]).toEqual([0, 0]);
    const { loss, norm } = await (
      await model.trainer()
    ).update({ x: [[NaN], [NaN]], dt: [[0], [0]], y: [0, 1] }, { lengths });
    expect(loss).toBeCloseTo(0.5, 6);
    expect(norm).toBeCloseTo(1, 6);
    model.dispose();
  });
});
