// How products are cut for a GPU: every number is computed once, no part is empty, and every device can run it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutOf, DEPTH } from "../src/codegen/wgsl/cut.ts";
import type { KernelTask } from "../src/kernel/task.ts";
import { type Storage, wholeOf } from "../src/kernel/view.ts";

function product(batches: readonly number[], m: number, k: number, n: number): KernelTask {
  const view = (shape: readonly number[]) => {
    const storage: Storage = { id: 0, kind: "float32", count: 0, role: "temporary", inLoop: false };
    return wholeOf(storage, shape);
  };
  const reads = [view([...batches, m, k]), view([...batches, k, n])];
  return {
    kind: "kernel",
    work: { name: "product" },
    reads,
    write: view([...batches, m, n]),
    flops: 0,
    granularity: 1,
    rowwise: [0],
  };
}

describe("the cut of a product", () => {
  test("covers the result and its sums, within what every device allows", () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 300, max: 100_000 }));
    const batches = fc.oneof(fc.constant([]), fc.tuple(fc.integer({ min: 1, max: 70 })));
    fc.assert(
      fc.property(batches, size, size, size, (outer, m, k, n) => {
        const cut = cutOf(product(outer, m, k, n));
        if (cut === undefined) return;
        const { tile, groups, parts, length } = cut;
        const [across, down, deep] = groups;
        for (const [count, edge, all] of [
          [across, tile.columns, n],
          [down, tile.rows, m],
          [parts, length, k],
        ] as const) {
          expect(count * edge).toBeGreaterThanOrEqual(all);
          expect((count - 1) * edge).toBeLessThan(all);
          expect(count).toBeLessThanOrEqual(65_535);
        }
        expect(deep).toBe(outer[0] ?? parts);
        expect(parts === 1 || length % DEPTH === 0).toBe(true);
        expect((tile.rows / tile.high) * (tile.columns / tile.wide)).toBeLessThanOrEqual(256);
        expect(4 * DEPTH * (tile.rows + tile.columns)).toBeLessThanOrEqual(16_384);
      }),
    );
  });

  test.each([
    // The products of an LSTM, B 64, T 128, I and H 256: of all steps' inputs; the weights' gradient, its sums divided; an output layer.
    [[], 8192, 256, 1024, "128 x 64", 1024],
    [[], 256, 8192, 1024, "128 x 64", 512],
    [[], 256, 8192, 16, "64 x 16", 64],
    [[], 8192, 256, 16, "64 x 16", 128],
    // H 768, B 16, T 1024.
    [[], 768, 16_384, 3072, "128 x 64", 1152],
    // A step of a loop that the host runs.
    [[], 16, 768, 3072, "16 x 64", 48],
    [[], 64, 256, 1024, "32 x 32", 64],
    // One output: long sums, few results.
    [[], 256, 8192, 1, "64 x 16", 64],
    [[32], 128, 64, 128, "32 x 32", 512],
  ] as const)("%j, %i x %i x %i: tiles of %s, %i workgroups", (outer, m, k, n, name, count) => {
    const cut = cutOf(product(outer, m, k, n)) ?? expect.fail("no tiles");
    const [x, y, z] = cut.groups;
    expect([`${cut.tile.rows} x ${cut.tile.columns}`, x * y * z]).toEqual([name, count]);
  });

  test("small products have an invocation for each number", () => {
    expect(cutOf(product([], 5, 40, 300))).toBeUndefined();
    expect(cutOf(product([8], 1, 4000, 300))).toBeUndefined();
  });
});
