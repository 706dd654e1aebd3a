// Generated WebAssembly, run in a test. Node 20 has relaxed SIMD behind a flag, which holds for the process.
import { setFlagsFromString } from "node:v8";
import { expect } from "vitest";
import { encode } from "../../src/codegen/wasm/encode.ts";
import type { Simd } from "../../src/codegen/wasm/simd.ts";
import type { Func } from "../../src/codegen/wasm/tree.ts";

if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

export const SIMDS: readonly Simd[] = ["relaxed", "plain"];
export const PAGE = 65536;

export interface Running {
  readonly memory: WebAssembly.Memory;
  readonly floats: Float32Array;
  readonly call: (func: Func, ...operands: readonly number[]) => number;
}

export function running(exports: readonly Func[], pages: number): Running {
  const memory = new WebAssembly.Memory({ initial: pages });
  const bytes = encode({ memory: { module: "env", name: "memory", minimum: pages }, exports });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return {
    memory,
    floats: new Float32Array(memory.buffer),
    call: ({ name }, ...operands) => (instance.exports[name] ?? expect.fail(`no export ${name}`))(...operands),
  };
}
