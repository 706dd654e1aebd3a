// Many lengths: plans are kept within a budget of bytes, ragged batches have few lengths, and neither changes a bit of a result.
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { nameOfInput } from "../../src/graph/node.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { Sizes } from "../../src/shape/dim.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { HostArray, Target } from "../../src/targets/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { inputNodes } from "../../src/targets/bound.ts";
import { bucketOf, LengthBuckets, removePadding } from "../../src/train/length-buckets.ts";
import type { Batch } from "../../src/train/source.ts";
import { resultsOn, sizesOf, valuesFor } from "../support/run.ts";
import { CELLS, floatOutputs, MODELS, RAGGED, requestFor, shippedNamed, shippedProgram } from "../support/specs.ts";

test("a bucket has at most seven steps more, or an eighth; short lengths stay", () => {
  expect([0, 1, 4, 5, 8, 9, 40, 41, 128, 129, 130, 1000].map(bucketOf)).toEqual([
    0, 1, 4, 8, 8, 16, 40, 48, 128, 144, 144, 1024,
  ]);
  for (let steps = 1; steps < 3000; steps++) {
    const bucket = bucketOf(steps);
    expect(bucket - steps).toBeLessThanOrEqual(Math.max(7, steps / 8));
    expect(bucketOf(bucket)).toBe(bucket);
  }
  expect(new Set(Array.from({ length: 40 }, (_, index) => bucketOf(index + 1))).size).toBe(9);
});

function batchOf(graph: Graph, lengths: Readonly<Record<string, number>>): Batch {
  const sizes = new Map([...sizesOf(graph), ...Object.entries(lengths)]);
  const arrays = new Map(
    graph.inputs().map((node): [string, HostArray] => {
      const name = nameOfInput(node);
      const { shape, data } = valuesFor(graph, sizes).get(name) ?? expect.fail(`no ${name}`);
      return [name, { dtype: node.type.dtype, shape, data: Float64Array.from(data) }];
    }),
  );
  return { arrays, sizes: new Map(Object.entries(lengths)), isFresh: true, tokens: 0 };
}

/** Buckets that have met as many sets of sizes as they take exactly, all of them longer than those of a test. */
function strictBuckets(graph: Graph, times: readonly string[]): LengthBuckets {
  const types = [...graph.outputs.values()].map((id) => graph.node(id).type);
  const buckets = new LengthBuckets(inputNodes(graph), types);
  for (let each = 1000; each < 1002; each++) {
    const sizes = new Map(times.map((time) => [time, each]));
    buckets.pad({ arrays: new Map(), sizes, isFresh: true, tokens: 0 });
  }
  return buckets;
}

async function results<T>(
  target: Target<T>,
  graph: Graph,
  { arrays, sizes }: Batch,
  own: Sizes,
): Promise<ReadonlyMap<string, HostArray>> {
  const values = [...arrays].map(
    ([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }] as const,
  );
  const all = await resultsOn(target, graph, new Map(values), new Map([...sizesOf(graph), ...sizes]));
  return new Map([...all].map(([name, array]) => [name, removePadding(array, graph.output(name).type, own)]));
}

const CASES: readonly (readonly [string, Program])[] = [
  ...[...CELLS, ...MODELS].map(({ name, definition }) => [name, shippedProgram(definition, RAGGED)] as const),
  [
    "LSTM, two directions",
    shippedProgram(shippedNamed("LSTM"), { ...RAGGED, wiring: { layers: 2, bidirectional: true } }),
  ],
];

const TARGETS: readonly (readonly [string, (graph: Graph, batch: Batch, own: Sizes) => ReturnType<typeof results>])[] =
  await (async () => {
    const threads = await wasmTarget({ threads: 2, sharedFrom: 0 });
    const alone = await wasmTarget({ threads: 1, simd: "plain" });
    const reference = referenceTarget();
    return [
      ["reference", (graph, batch, own) => results(reference, graph, batch, own)] as const,
      ["wasm", (graph, batch, own) => results(alone, graph, batch, own)] as const,
      ["wasm on two threads", (graph, batch, own) => results(threads, graph, batch, own)] as const,
    ];
  })();

describe.each(TARGETS)("%s: a batch padded to a bucket gives the same bits, forward and back", (_, run) => {
  test.each(CASES)("%s", async (_name, program) => {
    // A last state is made again at the end of the padding, so its cotangent arrives there, and sums are added in another order: nothing
    // that is trained has one.
    const isLast = (name: string): boolean => name.startsWith("final.");
    const outputs = program.predictions.length > 0 ? ["loss"] : floatOutputs(program).filter((name) => !isLast(name));
    const graph = lower(program.graph, requestFor(program, outputs));
    const times = graph.inputs().flatMap(({ input }) => (input?.kind === "lengths" ? [input.time] : []));
    for (const [steps, B] of [
      [5, 3],
      [7, 1],
      [10, 3],
      [13, 2],
    ] as const) {
      const lengths = Object.fromEntries(times.map((time, index) => [time, steps + index]));
      const batch = batchOf(graph, { ...lengths, B });
      const padded = strictBuckets(graph, times).pad(batch);
      expect(padded.sizes).not.toEqual(batch.sizes);
      const [exact, wide] = [await run(graph, batch, batch.sizes), await run(graph, padded, batch.sizes)];
      for (const [name, { shape, data }] of exact) {
        const other = wide.get(name) ?? expect.fail(`no ${name}`);
        expect(other.shape, name).toEqual(shape);
        const unlike = data.findIndex((value, index) => value !== other.data[index]);
        expect(unlike, `${name}, ${steps} steps: ${data[unlike]} and ${other.data[unlike]}`).toBe(-1);
      }
    }
  });
});
