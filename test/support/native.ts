// The target native in tests. Where a compiler or koffi is missing, its tests are skipped and counted.
import type { NativeKernel } from "../../src/codegen/native/kernel.ts";
import { fuse } from "../../src/kernel/fuse.ts";
import { record } from "../../src/kernel/record.ts";
import { listsFor } from "../../src/lists/layout.ts";
import { matmulOf } from "../../src/lists/matmul.ts";
import type { NativeEngine } from "../../src/targets/native/engine.ts";
import { nativeEngine } from "../../src/targets/native/target.ts";
import type { Task } from "./float32.ts";

export const HAS_NATIVE = await nativeEngine().then(
  () => true,
  () => false,
);

/** Compiles the kernels of all tasks as one library: starting the compiler takes longer than one kernel. */
export function compileTogether(engine: NativeEngine, tasks: readonly Pick<Task, "graph" | "sizes">[]): void {
  engine.add(tasks.flatMap((task) => kernelsOf(engine, task)));
}

function kernelsOf(
  { kernels, threads }: NativeEngine,
  { graph, sizes }: Pick<Task, "graph" | "sizes">,
): NativeKernel[] {
  const recorded = record(graph, sizes, matmulOf(graph, { ...kernels, threads }));
  const lists = listsFor(fuse(recorded.tasks), { count: 1, barrier: 0 }, kernels, (storage) => [storage, 0]);
  return lists.flatMap((list) => list.kernels.map(({ kernel }) => kernel));
}
