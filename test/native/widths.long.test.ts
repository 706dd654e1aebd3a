// Kernels in C for narrower vectors than this machine's: what an older processor runs.
import { spawnSync } from "node:child_process";
import { describe, expect, test, vi } from "vitest";
import { expectedOf, expectResults } from "../support/float32.ts";
import { HAS_NATIVE } from "../support/native.ts";
import { shippedTask } from "../support/program-task.ts";
import { resultsOn } from "../../src/gradcheck/run.ts";
import { CELLS, RAGGED } from "../support/specs.ts";

/** Flags that leave out instructions, and the bits of the vectors that remain. */
const WIDTHS = [
  ["-mno-avx512f", 256],
  ["-mno-avx", 128],
] as const;

function takes(flag: string): boolean {
  return spawnSync("gcc", [flag, "-fsyntax-only", "-x", "c", "-"], { input: "" }).status === 0;
}

describe.each(WIDTHS.map((width) => [...width, takes(width[0])] as const))("gcc %s", (flag, bits, hasFlag) => {
  test.skipIf(!HAS_NATIVE || !hasFlag)(
    `vectors of ${bits} bits give what the reference gives`,
    { timeout: 120_000 },
    async () => {
      vi.stubEnv("CC", `gcc ${flag}`);
      vi.resetModules();
      const { nativeDetail, nativeEngine, nativeTarget } = await import("../../src/targets/native/target.ts");
      const { compileTogether } = await import("../support/native.ts");
      expect(Number(/vectors of (\d+) bits/.exec(await nativeDetail())?.[1])).toBeLessThanOrEqual(bits);
      const tasks = CELLS.map((each) => shippedTask(each, RAGGED));
      compileTogether(await nativeEngine(), tasks);
      for (const task of tasks)
        expectResults(await resultsOn(await nativeTarget(), task.graph, task.inputs, task.sizes), expectedOf(task));
    },
  );
});
