// The target native in tests. Where a compiler or koffi is missing, its tests are skipped and counted.
import { kernelsOf } from "../../src/lists/kernels-of.ts";
import type { NativeEngine } from "../../src/targets/native/engine.ts";
import { nativeEngine } from "../../src/targets/native/target.ts";
import type { Task } from "./float32.ts";

export const HAS_NATIVE = await nativeEngine().then(
  () => true,
  () => false,
);

/** Compiles the kernels of all tasks as one library: starting the compiler takes longer than one kernel. */
export function compileTogether(engine: NativeEngine, tasks: readonly Pick<Task, "graph" | "sizes">[]): void {
  engine.add(tasks.flatMap(({ graph, sizes }) => kernelsOf(graph, sizes, engine.kernels)));
}
