// Sums of one example are added in the order in which a batch adds them: a compiled module has one program for every batch.
import { describe, expect, test } from "vitest";
import { countOf, stridesOf } from "../../src/ops/nd.ts";
import type { KernelTask } from "../../src/kernel/task.ts";
import type { Storage, View } from "../../src/kernel/view.ts";
import { reduceCall } from "../../src/lists/reduce.ts";
import { wasmKernels } from "../../src/targets/wasm/kernels.ts";

function view(shape: readonly number[]): View {
  const storage: Storage = { id: 0, kind: "float32", count: countOf(shape), role: "temporary", inLoop: false };
  return { storage, shape, strides: stridesOf(shape), offset: 0, step: 0, moves: false, batch: 0 };
}

/** The kernel that sums away some axes. */
function kernelFor(shape: readonly number[], gone: readonly number[]): string {
  const kept = shape.map((_, axis) => axis).filter((axis) => !gone.includes(axis));
  const write = view(kept.map((axis) => shape[axis] ?? 1));
  const work = { name: "sum", kept, gone } as const;
  const task: KernelTask = { kind: "kernel", work, reads: [view(shape)], write, flops: 0, granularity: 1, rowwise: [] };
  return reduceCall(wasmKernels("relaxed"), task, work, 0, kept.length === 0 ? 1 : (write.shape[0] ?? 1)).kernel.name;
}

describe("one example [T, 1, …] has the kernel of many", () => {
  test.each([
    ["a sum over steps", [7], [0]],
    ["a sum over steps and two features", [7, 2], [0, 2]],
    ["a sum over features", [7, 5], [2]],
  ] as const)("%s", (_, [steps, ...features], gone) => {
    const [one, many] = [1, 37].map((batch) => kernelFor([steps, batch, ...features], gone));
    // An axis of size 1 may be left out of the loops.
    const plain = (name = ""): string => name.replace(/^(\w+?)_\d+_(\d+)_/, "$1_$2_");
    expect(plain(one)).toBe(plain(many));
  });

  test("steps of one sequence without an axis of examples are still read in vectors", () => {
    expect(kernelFor([7, 1, 4], [0, 1, 2])).toMatch(/_along$/);
  });
});
