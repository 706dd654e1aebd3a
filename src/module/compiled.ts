// What a module is compiled to: what it says of a cell or model, and the WebAssembly that its programs run, packed as text.
import { deflateSync } from "fflate";
import type { ExportRequest } from "../export/request.ts";
import { base64 } from "./base64.ts";
import { describe } from "./describe.ts";
import type { ModuleDescription } from "./description.ts";
import { encodedKernels, KernelNumbers } from "./kernels.ts";
import { type PairedKernel, pairedKernels } from "./paired-kernels.ts";
import { eachPiece } from "./runtime/pieces.ts";
import { SHORT_NAMES } from "./runtime.generated.ts";
import { trainingOf } from "./training.ts";

export interface CompiledModule {
  readonly description: ModuleDescription;
  /** The way back is `loadParts` in src/module/runtime/load.ts. */
  readonly data: string;
}

/** The module, and with training also what it would be without. */
export function compiledModule(request: ExportRequest): {
  readonly whole: CompiledModule;
  readonly untrained: CompiledModule | null;
} {
  const numbers = new KernelNumbers();
  const kernels = { numberOf: numbers.numberOf, kernels: pairedKernels() };
  const description = describe(request, kernels);
  const untrained = packed(description, numbers.kernels);
  if (!request.hasTraining) return { whole: untrained, untrained: null };
  const training = trainingOf(request, kernels);
  return { whole: packed({ ...description, training }, numbers.kernels), untrained };
}

/** The lengths of the description and of the first WebAssembly module, the description, and both modules in pieces: deflated as one. */
function packed(description: ModuleDescription, kernels: readonly PairedKernel[]): CompiledModule {
  const json = new TextEncoder().encode(JSON.stringify(withShortNames(description)));
  const modules = [
    encodedKernels(kernels.map(({ plain }) => plain)),
    encodedKernels(kernels.map(({ relaxed }) => relaxed)),
  ] as const;
  const bytes = new Uint8Array(8 + json.length + modules[0].length + modules[1].length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, json.length, true);
  view.setUint32(4, modules[0].length, true);
  bytes.set(json, 8);
  let at = 8 + json.length;
  eachPiece(modules, (module, from, end) => {
    bytes.set(module.subarray(from, end), at);
    at += end - from;
  });
  return { description, data: base64(deflateSync(bytes, { level: 9 })) };
}

/** With keys as the runtime calls them. */
function withShortNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withShortNames);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [SHORT_NAMES.get(key) ?? key, withShortNames(each)]),
  );
}
