// A token outside its table gives zeros on every target, as `onehot(k) @ table` does: no kernel reads outside its arrays. A token that
// is uploaded is an integer of 32 bits, on the reference too.
import { beforeAll, describe, expect, test } from "vitest";
import type { Graph } from "../../src/graph/graph.ts";
import { readGraph } from "../../src/ops/read.ts";
import type { Sizes } from "../../src/shape/dim.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { HostArray } from "../../src/targets/target.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { expectResults } from "../support/float32.ts";
import { resultsOn, type Arrays } from "../support/run.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";
import { HAS_TENSORFLOW } from "../support/tensorflow.ts";

/** Below, at both ends, just behind, far out, and what is no whole number: those become one as in an Int32Array. */
const TOKENS = [-1, 0, 4, 5, 6, 1e9, -1e9, 2147483647, -2147483648, 1.5, -0.5, NaN, Infinity, 2, -2, 4.9];
const ROWS = 5;

type Run = (graph: Graph, inputs: Arrays, sizes: Sizes) => Promise<ReadonlyMap<string, HostArray>>;

const reference = referenceTarget();
const onReference: Run = (...task) => resultsOn(reference, ...task);

const runs = new Map<string, Run>();
const NAMES = [
  "wasm",
  "wasm on two threads",
  "tfjs-cpu",
  "tfjs-wasm",
  ...(HAS_WEBGPU ? ["tfjs-webgpu", "tfjs-webgpu, tfjs' kernels"] : []),
  ...(HAS_TENSORFLOW ? ["tfjs-tensorflow"] : []),
];

beforeAll(async () => {
  const [alone, threads] = [await wasmTarget({ threads: 1 }), await wasmTarget({ threads: 2, sharedFrom: 0 })];
  const [cpu, wasm] = [await tfjsTarget("cpu"), await tfjsTarget("wasm")];
  runs.set("wasm", (...task) => resultsOn(alone, ...task));
  runs.set("wasm on two threads", (...task) => resultsOn(threads, ...task));
  runs.set("tfjs-cpu", (...task) => resultsOn(cpu, ...task));
  runs.set("tfjs-wasm", (...task) => resultsOn(wasm, ...task));
  if (HAS_WEBGPU) {
    const [fused, plain] = [await webgpuTarget(), await tfjsTarget("webgpu")];
    runs.set("tfjs-webgpu", (...task) => resultsOn(fused, ...task));
    runs.set("tfjs-webgpu, tfjs' kernels", (...task) => resultsOn(plain, ...task));
  }
  if (HAS_TENSORFLOW) {
    const tensorflow = await tfjsTarget("tensorflow");
    runs.set("tfjs-tensorflow", (...task) => resultsOn(tensorflow, ...task));
  }
}, 120_000);

/** A table whose last row holds no numbers: reading the nearest row instead of none would show. */
function tableOf(rows: number, width: number): Float64Array {
  return Float64Array.from({ length: rows * width }, (_, index) =>
    index >= (rows - 1) * width && index % width === 0 ? NaN : 1 + index,
  );
}

const LOOKUPS = `graph lookups
  n1 = input name=table role=param : float[V, W]
  n2 = input name=k role=input : int[time T, batch B]
  n3 = lookup n1 n2 : float[time T, batch B, W]
  n4 = onehot n2 dims=["V"] : float[time T, batch B, V]
  output n3   # rows
  output n4   # hot`;

/** Looked up at each turn, beside a state. */
const IN_LOOP = `graph looked up in a loop
  n1 = input name=table role=param : float[V, W]
  n2 = input name=k role=input : int[time T, batch B]
  n3 = input name=state.h role=state : float[batch B, W]
  n4 = scan n2 n3 n1 time=T reverse=false sequences=1 states=1 {
    n5 = port kind=sequence index=0 : int[batch B]
    n6 = port kind=state index=0 : float[batch B, W]
    n7 = port kind=invariant index=0 : float[V, W]
    n8 = lookup n7 n5 : float[batch B, W]
    n9 = add n6 n8 : float[batch B, W]
    n10 = yield n9 n9
  }
  n11 = project n4 index=0 : float[batch B, W]
  n12 = project n4 index=1 : float[time T, batch B, W]
  output n11   # last
  output n12   # sums`;

function lookupOf(width: number): { readonly graph: Graph; readonly inputs: Arrays; readonly sizes: Sizes } {
  const graph = readGraph(LOOKUPS);
  const table = { shape: [ROWS, width], data: tableOf(ROWS, width) };
  const k = { shape: [TOKENS.length / 2, 2], data: Float64Array.from(TOKENS) };
  const sizes = new Map([["V", ROWS], ["W", width], ["T", TOKENS.length / 2], ["B", 2]]); // prettier-ignore
  return { graph, inputs: new Map([["table", table], ["k", k]]), sizes }; // prettier-ignore
}

test("on the reference: the rows of a table, zeros for all else", async () => {
  const { graph, inputs, sizes } = lookupOf(1);
  const found = await onReference(graph, inputs, sizes);
  expect(Array.from(found.get("rows")?.data ?? [])).toEqual([
    0, 1, NaN, 0, 0, 0, 0, 0, 0, 2, 1, 1, 1, 3, 0, NaN,
  ]); // prettier-ignore
});

describe.each(NAMES)("%s", (name) => {
  const run: Run = (...task) => (runs.get(name) ?? expect.fail(`no ${name}`))(...task);

  test.each([1, 2, 3, 4, 7, 8, 33])("rows of %i numbers", { timeout: 60_000 }, async (width) => {
    const { graph, inputs, sizes } = lookupOf(width);
    const [got, expected] = [await run(graph, inputs, sizes), await onReference(graph, inputs, sizes)];
    for (const [output, { shape, data }] of expected) {
      expect(got.get(output)?.shape, output).toEqual(shape);
      expect(Array.from(got.get(output)?.data ?? []), output).toEqual(Array.from(data));
    }
  });

  test("at each turn of a loop", { timeout: 60_000 }, async () => {
    const { inputs, sizes } = lookupOf(6);
    const graph = readGraph(IN_LOOP);
    const table = { shape: [ROWS, 6], data: Float64Array.from({ length: 6 * ROWS }, (_, index) => index) };
    const given = new Map([
      ...inputs,
      ["table", table],
      ["state.h", { shape: [2, 6], data: new Float64Array(12) }],
    ] as const);
    expectResults(await run(graph, given, sizes), await onReference(graph, given, sizes));
  });
});
