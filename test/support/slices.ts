// Loops in slices where there is no GPU: SwiftShader with enough threads that workgroups can wait for each other.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import type { SliceLimits } from "../../src/codegen/wgsl/slices.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";

/** Two groups of examples, or one for more slices. */
export function limitsFor(slices: number, more: Partial<SliceLimits> = {}): SliceLimits {
  const resident = slices > 2 ? slices : 2 * slices;
  return { resident, most: 256, memory: 16_384, look: "atomicLoad", looks: 1e6, slices, ...more };
}

/**
 * SwiftShader runs as many workgroups at a time as it has threads: by itself one for each core. It takes another number from a file in
 * the current folder, when it is loaded.
 */
export async function openWithManyThreads(): Promise<void> {
  const [before, folder] = [process.cwd(), mkdtempSync(join(tmpdir(), "swiftshader-"))];
  writeFileSync(join(folder, "SwiftShader.ini"), "[Processor]\nThreadCount=16\n");
  process.chdir(folder);
  try {
    await webgpuTarget();
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
}

export interface Told {
  /** What Node was told about waits that gave up, since the test or the attempt began. */
  sentences: readonly string[];
}

/** Hears warnings in each test of a file. */
export function hearWarnings(): Told {
  const told: Told = { sentences: [] };
  beforeEach(() => {
    told.sentences = [];
    vi.spyOn(process, "emitWarning").mockImplementation((sentence: string | Error) => {
      told.sentences = [...told.sentences, String(sentence)];
    });
  });
  afterEach(() => void vi.restoreAllMocks());
  return told;
}

/**
 * The results of up to `wanted` runs in which no wait gave up. SwiftShader may give all workgroups to one thread, one after the other: then
 * waits give up, and it is tried again. `check` sees every result, also of runs that gave up.
 */
export async function completedRuns<R>(
  told: Told,
  { wanted, attempts }: { readonly wanted: number; readonly attempts: number },
  run: () => Promise<R>,
  check: (result: R) => void,
): Promise<readonly R[]> {
  const runs: R[] = [];
  for (let attempt = 0; attempt < attempts && runs.length < wanted; attempt++) {
    told.sentences = [];
    const result = await run();
    check(result);
    if (told.sentences.length === 0) runs.push(result);
  }
  return runs;
}
