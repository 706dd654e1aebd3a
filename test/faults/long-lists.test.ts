// Lists that are longer than the arguments that a call can take: about 120,000 overflow the stack of a default Node.
import { describe, expect, test } from "vitest";
import { table } from "../../src/cli/table.ts";
import { Batches } from "../../src/data/batches.ts";
import { fuse } from "../../src/kernel/fuse.ts";
import { batchOfLoop } from "../../src/kernel/partition.ts";
import type { KernelTask, MapTask } from "../../src/kernel/task.ts";
import { Trace } from "../../src/kernel/trace.ts";
import { wholeOf, type View } from "../../src/kernel/view.ts";
import { rowsOf, tokens } from "../data/sources.ts";

const COUNT = 200_000;

test("a table of 200,000 rows", () => {
  const lines = table(Array.from({ length: COUNT }, (_, index) => [String(index), "x"])).split("\n");
  expect(lines).toHaveLength(COUNT);
  expect([lines[0], lines.at(-1)]).toEqual(["     0  x", "199999  x"]);
});

test("a batch of 200,000 rows", () => {
  const rows = rowsOf(
    Array.from({ length: COUNT }, () => ({ k: [1] })),
    [tokens("k", "token")],
  );
  const none = { vocabularies: new Map(), sizes: new Map() };
  const { arrays } = new Batches({ rows, from: 0, to: COUNT }, none, { batch: COUNT, seed: null }).at(0, 0);
  expect(arrays.get("k")?.shape).toEqual([1, COUNT]);
});

describe("a program of 200,000 tasks, each of which reads the result of the one before", () => {
  const trace = new Trace();
  const BATCH = 2;

  /** Results are written even if no task reads them. */
  function viewOf(role: "input" | "result"): View {
    return wholeOf(trace.storage("float32", BATCH, { role }), [BATCH], BATCH);
  }

  function softmax(read: View): KernelTask {
    const work = { name: "softmax" } as const;
    return { kind: "kernel", work, reads: [read], write: viewOf("result"), flops: 0, granularity: 1, rowwise: [0] };
  }

  function tanh(read: View): MapTask {
    return { kind: "map", node: { kind: "unary", name: "tanh", x: 0 }, reads: [read], write: viewOf("result") };
  }

  function chain<R extends MapTask | KernelTask>(taskOf: (read: View) => R): R[] {
    const tasks = [taskOf(viewOf("input"))];
    while (tasks.length < COUNT) tasks.push(taskOf(tasks.at(-1)?.write ?? expect.fail("no task")));
    return tasks;
  }

  test("kernels: each has a level of its own", () => {
    const kernels = chain(softmax);
    const levels = fuse(kernels);
    expect(levels).toHaveLength(COUNT);
    expect(levels.every((task, index) => task === kernels[index])).toBe(true);
  });

  test("functions that join another group, in a loop whose examples are independent", () => {
    const [first, others] = [tanh(viewOf("input")), chain(tanh)];
    const reads = [first.write, others.at(-1)?.write ?? expect.fail("no task")];
    const sum: MapTask = {
      kind: "map",
      node: { kind: "binary", name: "add", a: 0, b: 1 },
      reads,
      write: viewOf("result"),
    };
    const body = fuse([first, ...others, sum]);
    expect(body.map((task) => task.kind === "group" && task.maps.length)).toEqual([COUNT + 2]);
    const writes = body.flatMap((task) => (task.kind === "group" ? task.writes.map(({ storage }) => storage) : []));
    expect(batchOfLoop({ kind: "loop", times: 3, body, reads: [], writes })).toBe(BATCH);
  });
});
