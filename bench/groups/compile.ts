// Compile time by the length of the sequence, in a warm process and in a cold process.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { COMPILED } from "../cases.ts";
import { compileTimes } from "../compile-time.ts";
import { rounded } from "../measure.ts";
import { median } from "../median.ts";
import type { Row } from "../results.ts";

const COLD = join(import.meta.dirname, "../cold.ts");

/** The number of compilations of each case, in a warm process and in cold ones. */
export interface CompileRounds {
  readonly warm: number;
  readonly cold: number;
}

export async function measureCompiling(
  { warm, cold }: CompileRounds,
  report: (what: string) => void,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const add = (name: string, who: string, threads: number, ms: number, samples: number): void => {
    rows.push({ case: name, what: "compile", who, threads, ms: rounded(ms), samples, gflops: null, ceiling: null });
  };
  report("compile charlm, warm");
  for (const { T, total } of await compileTimes(await wasmTarget({ threads: 2 }), COMPILED, warm))
    add(`charlm-1-layer-warm-${T}`, "recurra-wasm-2t", 2, total, warm);
  for (const { T, total } of await compileTimes(await tfjsTarget("wasm"), COMPILED, warm))
    add(`charlm-1-layer-warm-${T}`, "recurra-tfjs-wasm", 1, total, warm);
  report("compile charlm, cold");
  const times = new Map(COMPILED.flatMap((T) => WAYS.map((way) => [{ T, way }, [] as Cold[]])));
  const caches = mkdtempSync(join(tmpdir(), "recurra-bench-cold-"));
  try {
    // Fills the cache of what is measured with one.
    for (const T of COMPILED) coldTime(T, "native", join(caches, "kept"));
    for (let round = 0; round < cold; round++)
      for (const [{ T, way }, all] of times) {
        const cache = way.isCached ? "kept" : `fresh-${T}-${round}`;
        all.push(coldTime(T, way.target, join(caches, cache)));
      }
  } finally {
    rmSync(caches, { recursive: true });
  }
  for (const [{ T, way }, all] of times) {
    const name = `charlm-2-layers-cold-${T}`;
    add(name, way.who, 2, median(all.map(({ compile }) => compile)), cold);
    add(`${name}, first update`, way.who, 2, median(all.map(({ first }) => first)), cold);
  }
  return rows;
}

/** What is measured cold: native with the C compiler, and from its cache of compiled libraries. */
const WAYS = [
  { who: "recurra-wasm-2t", target: "wasm", isCached: true },
  { who: "recurra-native-2t", target: "native", isCached: false },
  { who: "recurra-native-2t-cached", target: "native", isCached: true },
] as const;

/** The output of `bench/cold.ts`. */
const COLD_TIMES = z.strictObject({ compile: z.number(), first: z.number() });
type Cold = z.infer<typeof COLD_TIMES>;

function coldTime(T: number, target: "wasm" | "native", cache: string): Cold {
  const options = ["--stack-size=3900", "--import", "ts-blank-space/register", COLD, String(T), target];
  const env = { ...process.env, RECURRA_CACHE: cache };
  return COLD_TIMES.parse(JSON.parse(execFileSync(process.execPath, options, { encoding: "utf8", env })));
}
