// Compile time: by the length of the sequence in a warm process, and in a cold process.
import { execFileSync } from "node:child_process";
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

/** How often each is compiled, in a warm process and in cold ones. */
export interface CompileRounds {
  readonly warm: number;
  readonly cold: number;
}

export async function measureCompiling(
  { warm, cold }: CompileRounds,
  tell: (what: string) => void,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const add = (name: string, who: string, threads: number, ms: number, samples: number): void => {
    rows.push({ case: name, what: "compile", who, threads, ms: rounded(ms), samples, gflops: null, ceiling: null });
  };
  tell("compile charlm, warm");
  for (const { T, total } of await compileTimes(await wasmTarget({ threads: 2 }), COMPILED, warm))
    add(`charlm-1-layer-warm-${T}`, "recurra-wasm-2t", 2, total, warm);
  for (const { T, total } of await compileTimes(await tfjsTarget("wasm"), COMPILED, warm))
    add(`charlm-1-layer-warm-${T}`, "recurra-tfjs-wasm", 1, total, warm);
  tell("compile charlm, cold");
  const times = new Map(COMPILED.map((T): [number, Cold[]] => [T, []]));
  for (let round = 0; round < cold; round++) for (const [T, all] of times) all.push(coldTime(T));
  for (const [T, all] of times) {
    const name = `charlm-2-layers-cold-${T}`;
    add(name, "recurra-wasm-2t", 2, median(all.map(({ compile }) => compile)), cold);
    add(`${name}, first update`, "recurra-wasm-2t", 2, median(all.map(({ first }) => first)), cold);
  }
  return rows;
}

/** What `bench/cold.ts` prints. */
const COLD_TIMES = z.strictObject({ compile: z.number(), first: z.number() });
type Cold = z.infer<typeof COLD_TIMES>;

function coldTime(T: number): Cold {
  const options = ["--stack-size=3900", "--import", "tsx", COLD, String(T)];
  return COLD_TIMES.parse(JSON.parse(execFileSync(process.execPath, options, { encoding: "utf8" })));
}
