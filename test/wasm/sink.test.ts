// Functions of all steps move into the loops beside them where loops run on a processor. That this changes no bit is tested in
// target.test.ts, for every shipped cell: there, 5 threads are more than the examples, and functions stay outside.
import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { wasmKernels } from "../../src/targets/wasm/kernels.ts";
import { fuse } from "../../src/kernel/fuse.ts";
import { record } from "../../src/kernel/record.ts";
import type { Task } from "../../src/kernel/task.ts";
import { matmulOf } from "../../src/lists/matmul.ts";
import { sizesOf } from "../support/run.ts";
import { CELLS, LAYOUTS, requestFor, shippedProgram } from "../support/specs.ts";

const [T, B] = [7, 3];

/** The tasks of a cell's gradient. */
function tasksOf(cell: string, loopsOnThreads?: number): readonly Task[] {
  const { definition } = CELLS.find(({ name }) => name === cell) ?? expect.fail(`no ${cell}`);
  const program = shippedProgram(definition, LAYOUTS[0][1]);
  const graph = lower(program.graph, requestFor(program, ["output"]));
  const sizes = new Map([...sizesOf(graph), ["T", T] as const, ["B", B] as const]);
  return fuse(record(graph, sizes, matmulOf(graph, { ...wasmKernels("relaxed"), threads: 1 })).tasks, loopsOnThreads);
}

/** The groups outside loops that go over all steps. */
function overSteps(tasks: readonly Task[]): number {
  return tasks.filter((task) => task.kind === "group" && task.maps[0]?.write.shape[0] === T).length;
}

/** How many sequences of the cell's values are stored. */
function storedSequences(tasks: readonly Task[]): number {
  const written = tasks.flatMap((task) => {
    if (task.kind === "loop") return task.writes;
    return task.kind === "group" ? task.writes.map(({ storage }) => storage) : [task.write.storage];
  });
  return new Set(written.filter(({ count }) => count >= T * B)).size;
}

// A MinGRU adds the biases of its gates to one product at once, which the loop reads in parts.
test.each([
  ["MinGRU", 1],
  ["IndRNN", 0],
  ["LSTM", 0],
] as const)("%s: functions that go over all steps: %i", (cell, count) => {
  expect(overSteps(tasksOf(cell, 1))).toBe(count);
});

test("sequences that only the loop reads are not stored", () => {
  expect(storedSequences(tasksOf("MinGRU", 1))).toBeLessThan(storedSequences(tasksOf("MinGRU")));
});

test("on a GPU, and where threads have no examples, functions stay outside", () => {
  const outside = overSteps(tasksOf("MinGRU"));
  expect(outside).toBeGreaterThan(0);
  expect(overSteps(tasksOf("MinGRU", B + 1))).toBe(outside);
});
