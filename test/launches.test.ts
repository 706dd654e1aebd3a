// The dispatches of an update on a GPU: how many there are, and that those which are joined share no memory.
import { describe, expect, test } from "vitest";
import { batchesOf, readsOf, writesOf } from "../src/codegen/wgsl/batches.ts";
import { LARGE_GPU } from "../src/codegen/wgsl/explain-loops.ts";
import { joinedShaders } from "../src/codegen/wgsl/joined.ts";
import { matmul } from "../src/codegen/wgsl/matmul.ts";
import { ANYWHERE } from "../src/codegen/wgsl/print.ts";
import { dispatchesOf } from "../src/codegen/wgsl/schedule.ts";
import { type Shader, shaderOf } from "../src/codegen/wgsl/shader.ts";
import type { SliceLimits } from "../src/codegen/wgsl/slices.ts";
import { Words } from "../src/codegen/wgsl/words.ts";
import { data } from "../src/graph/border.ts";
import type { Graph } from "../src/graph/graph.ts";
import { layOut } from "../src/kernel/arena.ts";
import { fuse } from "../src/kernel/fuse.ts";
import { record } from "../src/kernel/record.ts";
import type { Task } from "../src/kernel/task.ts";
import { BYTES, type Storage, wholeOf } from "../src/kernel/view.ts";
import { Builder } from "../src/ops/builder.ts";
import { type Sizes, symbol } from "../src/shape/dim.ts";
import { floatType, plain } from "../src/shape/type.ts";
import { updateGraph } from "../src/train/update.ts";
import { programFrom } from "./support/specs.ts";

/** A cell and a dense layer, trained with Adam and a limit of the norm: B 4, T 128. */
function updateOf(cell: string, H: number): { readonly graph: Graph; readonly sizes: Sizes } {
  const text = `use ${cell} from "cells"
model Bench(H = ${H}) {
  input x: seq [16]
  target y: seq [16]
  h = ${cell}(H)(x)
  predict y from linear(h, out = 16)
}
`;
  const program = programFrom(text, { ragged: false, training: true, states: "initial" });
  const graph = updateGraph(program, { optimizer: { kind: "adam", values: new Map() }, clip: { norm: 1 } });
  const sizes = new Map([
    ["B", 4],
    ["T", 128],
    ["T.x", 128],
  ]);
  return { graph, sizes };
}

function tasksOf({ graph, sizes }: ReturnType<typeof updateOf>): readonly Task[] {
  return fuse(record(graph, sizes, matmul).tasks);
}

function launchesOf(update: ReturnType<typeof updateOf>, slices: SliceLimits | null): number {
  const dispatches = dispatchesOf(batchesOf(tasksOf(update)), { ...ANYWHERE, slices });
  return dispatches.reduce((sum, { times, shaders }) => sum + times * shaders.length, 0);
}

// They have 32, 34, 34 and 40 now. In slices there are two more: behind each loop stands the same one by examples.
test.each([
  ["LSTM", 128, 40, null],
  ["LSTM", 128, 40, LARGE_GPU],
  ["LSTM", 384, 40, LARGE_GPU],
  ["LEM", 128, 48, LARGE_GPU],
] as const)("%s with %i units: an update has at most %i dispatches, slices %o", (cell, H, most, slices) => {
  expect(launchesOf(updateOf(cell, H), slices)).toBeLessThanOrEqual(most);
});

describe.each(["LSTM", "LEM", "MinGRU"])("batches of %s", (cell) => {
  const tasks = tasksOf(updateOf(cell, 32));
  const batches = batchesOf(tasks);

  test("they are all tasks in their order, in fewer batches", () => {
    expect(batches.flat()).toEqual(tasks);
    expect(batches.length).toBeLessThan(tasks.length / 2);
  });

  test.each(["float32", "int32"] as const)("no task writes where another of its batch reads or writes: %s", (kind) => {
    const { offsets } = layOut(batches, kind);
    const pairs = batches.flatMap((batch) =>
      batch.flatMap((task) => batch.filter((other) => other !== task).map((other) => [task, other] as const)),
    );
    for (const [task, other] of pairs) {
      const read = new Set(readsOf(other));
      for (const one of writesOf(task)) {
        // Of a storage that both write, each writes elements of its own.
        expect(read.has(one)).toBe(false);
        for (const two of [...read, ...writesOf(other)])
          expect(two === one || isApart(one, two, offsets), `${one.id} and ${two.id}`).toBe(true);
      }
    }
  });
});

/** Whether two storages have no byte of the arena in common. */
function isApart(one: Storage, two: Storage, offsets: ReadonlyMap<Storage, number>): boolean {
  const [first, second] = [offsets.get(one), offsets.get(two)];
  if (first === undefined || second === undefined) return true;
  return first + BYTES * one.count <= second || second + BYTES * two.count <= first;
}

test("products side by side that divide their sums have temporary memory of their own", () => {
  const build = new Builder();
  const input = (name: string) => build.input(data(name), floatType([...name].map((size) => plain(symbol(size)))));
  const [a, b, c] = [input("MK"), input("KN"), input("KO")];
  const labels = { left: "mk", right: "kn", out: "mn" };
  const products = [b, c].map((right) => build.op("contract", [a, right], labels));
  const graph = build.finish("products", new Map(products.map((product, index) => [`y${index}`, product])));
  const [M, K, N] = [20, 4096, 130];
  const sizes = new Map(Object.entries({ M, K, N, O: N }));
  let grown = 0;
  const dispatches = dispatchesOf(batchesOf(tasksOf({ graph, sizes })), {
    ...ANYWHERE,
    grow: (count) => (grown = count),
  });
  const [product, added] = dispatches.flatMap(({ shaders }) => shaders);
  /** The words of both parts: the table says where they begin. */
  const wordsOfBoth = ({ words }: Shader): readonly (readonly number[])[] => {
    const [first = 0, second = 0] = [words[6], words[14]];
    return [words.slice(4 * first, 4 * second), words.slice(4 * second, 4 * (2 * second - first))];
  };
  for (const shader of [product, added]) {
    // All places are 0, so that only the begin of the temporary memory differs.
    const [one = [], two = []] = wordsOfBoth(shader ?? expect.fail("no shader"));
    const differences = new Set(one.map((word, index) => (two[index] ?? 0) - word));
    expect(differences.delete(0)).toBe(true);
    const [apart = 0, ...more] = differences;
    expect(more).toEqual([]);
    expect(apart).toBeGreaterThanOrEqual(2 * M * N);
    expect(grown).toBeGreaterThanOrEqual(2 * apart);
  }
});

test("joined shaders: each text once, a table of workgroups, and places that still move with their storages", () => {
  const storage: Storage = { id: 1, kind: "float32", count: 8, role: "result", inLoop: false };
  const shader = (lanes: number, size: number, value: string): Shader => {
    const words = new Words(() => 100);
    const [count, place] = [words.of(size), words.place(wholeOf(storage, [8]), ["lane"])];
    const body = `if (lane < ${count}) { floats[${place}] = ${value}; }`;
    return shaderOf("values", lanes, words, [size, 2, 1], { body });
  };
  const long = `${"1.0f + ".repeat(100)}1.0f`;
  const others = [shader(32, 1, "0.0f"), shader(64, 1, long), shader(64, 2, long)].map((each) => [each]);
  const [joined, ...rest] = joinedShaders([
    [shader(64, 3, "0.0f")],
    [shader(64, 5, "0.0f")],
    ...others,
    [shader(64, 1, "1.0f")],
  ]);
  expect(joined?.groups).toEqual([18, 1, 1]);
  // The number of parts. For each its end, begin, first vector and kernel, and its grid. Then their words, each from a whole vector on.
  const table = [6, 0, 7, 0, 3, 2, 1, 0, 16, 6, 8, 0, 5, 2, 1, 0, 18, 16, 9, 1, 1, 2, 1, 0];
  const words = [3, 0, 0, 0, ...table, ...[3, 5, 1].flatMap((size) => [size, 100, 0, 0])];
  expect(joined?.words).toEqual([...words, ...Array(24).fill(0)]);
  expect(joined?.places).toEqual([29, 33, 37].map((index) => ({ index, storage })));
  expect(joined?.text.match(/fn kernel\d/g)).toHaveLength(2);
  expect(joined?.text).toContain("words[firstWord + 0].x");
  // Other workgroups, and larger kernels of one text.
  expect(rest.map(({ lanes, groups }) => [lanes, groups[0]])).toEqual([
    [32, 1],
    [64, 6],
  ]);
});
