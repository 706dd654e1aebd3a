// Gradients of tables: rows are added where their tokens are, without one-hot rows, which would take a product as large as the vocabulary.
import { describe, expect, test } from "vitest";
import { resultsOn } from "../../src/gradcheck/run.ts";
import { kernelsOf } from "../../src/lists/kernels-of.ts";
import { readGraph } from "../../src/ops/read.ts";
import { nativeTarget } from "../../src/targets/native/target.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { wasmKernels } from "../../src/targets/wasm/kernels.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { HAS_NATIVE } from "../support/native.ts";

/** The gradient of a table by what each token's row gets, as a lookup has it; `seen` keeps the one-hot rows. */
function graphOf(seen: boolean) {
  return readGraph(`graph Table
  n1 = input name=tokens role=input : int[time T, batch B]
  n2 = input name=rows role=input : float[time T, batch B, E]
  n3 = onehot n1 dims=["V"] : float[time T, batch B, V]
  n4 = contract n3 n2 left=tbv right=tbe out=ve : float[V, E]
  output n4   # table
${seen ? "  output n3   # seen\n" : ""}`);
}

const [T, B] = [9, 5];

/** Tokens that come often, never, and from outside of the table. */
function inputsFor(V: number, E: number) {
  const tokens = Float64Array.from({ length: T * B }, (_, index) => ((index * index) % (V + 3)) - 1);
  const rows = Float64Array.from({ length: T * B * E }, (_, index) => Math.sin(index));
  return new Map([
    ["tokens", { shape: [T, B], data: tokens }],
    ["rows", { shape: [T, B, E], data: rows }],
  ]);
}

const TARGETS = [
  ["wasm", true, wasmTarget],
  ["native", HAS_NATIVE, nativeTarget],
] as const;

describe.each(TARGETS)("on %s", (_, isHere, open) => {
  test.skipIf(!isHere).each([
    [4, 1],
    [7, 3],
    [11, 16],
    [2, 37],
    [40, 64],
  ])("a table of %i rows of %i numbers", async (V, E) => {
    const sizes = new Map(Object.entries({ T, B, V, E }));
    for (const seen of [false, true]) {
      const graph = graphOf(seen);
      const results = await Promise.all(
        [1, 2, 3].map(async (threads) =>
          resultsOn(await open({ threads, sharedFrom: 0 }), graph, inputsFor(V, E), sizes),
        ),
      );
      const [table, expected] = [results[0], await resultsOn(referenceTarget(), graph, inputsFor(V, E), sizes)].map(
        (each) => [...(each?.get("table")?.data ?? [])],
      );
      expect(table).toHaveLength(V * E);
      table?.forEach((value, index) => expect(value).toBeCloseTo(expected?.[index] ?? NaN, 5));
      for (const other of results) expect(other).toEqual(results[0]);
    }
  });
});

test("one-hot rows are written only where something reads them", () => {
  const sizes = new Map(Object.entries({ T, B, V: 7, E: 3 }));
  const namesOf = (seen: boolean) => kernelsOf(graphOf(seen), sizes, wasmKernels("plain")).map(({ name }) => name);
  expect(namesOf(false)).toEqual(["scatter"]);
  expect(namesOf(true)).toContain("onehot");
});
