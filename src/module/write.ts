// The format `module`: one ES module with WebAssembly inside and no dependency, and the types of its inputs and results.
import { deflateSync } from "fflate";
import { fail, invariant } from "../base/invariant.ts";
import { driver } from "../codegen/wasm/driver.ts";
import { encode } from "../codegen/wasm/encode.ts";
import type { Simd } from "../codegen/wasm/simd.ts";
import type { Func } from "../codegen/wasm/tree.ts";
import type { ExportedFile, ExportRequest } from "../export/request.ts";
import { moduleOf } from "../targets/wasm/engine.ts";
import { describe } from "./describe.ts";
import type { ModuleDescription } from "./description.ts";
import { RUNTIME } from "./runtime.generated.ts";
import { storeWeights } from "./store-weights.ts";
import { hasTexts, typesOf } from "./types.ts";

export async function writeModule(request: ExportRequest): Promise<readonly ExportedFile[]> {
  const files = filesOf(request);
  return request.hasTraining ? withTrainingBytes(files, filesOf({ ...request, hasTraining: false })) : files;
}

/** The files with a note that also says how many bytes of the module training takes. */
function withTrainingBytes(
  [whole = fail("module", "no files"), ...others]: readonly ExportedFile[],
  [without]: readonly ExportedFile[],
): readonly ExportedFile[] {
  const bytes = whole.content.length - (without?.content.length ?? 0);
  return [{ ...whole, note: `${whole.note}, ${bytes} of them for training` }, ...others];
}

function filesOf(request: ExportRequest): readonly ExportedFile[] {
  const plain = compiledFor(request, "plain");
  const relaxed = compiledFor(request, "relaxed");
  invariant(
    JSON.stringify(plain.description) === JSON.stringify(relaxed.description),
    "module",
    "layouts depend on instructions",
  );
  const data = base64(deflateSync(packed(plain.description, plain.bytes, relaxed.bytes), { level: 9 }));
  const weights = storeWeights(request.weights, request.weightType);
  const weightsFile = `${request.name}.weights`;
  const inside = request.hasWeightsFile ? "" : base64(weights);
  const text = [
    `// ${oneLine(request.madeFrom)}. Weights: ${request.weightType}.${request.hasTraining ? " With training." : ""} Generated: do not edit.`,
    RUNTIME[formOf(plain.description)],
    `const data = "${data}";`,
    `const weights = ${request.hasWeightsFile ? "null" : `"${inside}"`};`,
    `const file = ${request.hasWeightsFile ? `new URL("./${weightsFile}", import.meta.url)` : "null"};`,
    `export const load = (options) => runtime.load({ data, weights, weightType: "${request.weightType}", file }, options);`,
    "",
  ].join("\n");
  return [
    { name: `${request.name}.mjs`, content: text, note: `${text.length - inside.length} without weights` },
    { name: `${request.name}.d.mts`, content: typesOf(plain.description, oneLine(request.madeFrom)) },
    ...(request.hasWeightsFile ? [{ name: weightsFile, content: weights }] : []),
  ];
}

/** The form of the runtime that a module needs. */
function formOf(description: ModuleDescription): keyof typeof RUNTIME {
  if (description.training !== undefined) return "training";
  return hasTexts(description) ? "writing" : "plain";
}

/** The description, and the kernels that it numbers, with one set of instructions. */
function compiledFor(
  request: ExportRequest,
  simd: Simd,
): { readonly description: ModuleDescription; readonly bytes: Uint8Array } {
  const numbers = new Map<Func, number>();
  const numberOf = (kernel: Func): number => {
    const number = numbers.get(kernel) ?? numbers.size + 1;
    numbers.set(kernel, number);
    return number;
  };
  const description = describe(request, { numberOf, simd });
  // Kernels are named by their numbers: their own names tell what else this process has compiled.
  const exports = [...numbers.keys(), driver("alone")].map((kernel, index) => ({ ...kernel, name: `k${index + 1}` }));
  return { description, bytes: withoutNames(encode(moduleOf(exports, false))) };
}

/** Without the last section, which has the names of functions. */
function withoutNames(bytes: Uint8Array): Uint8Array {
  for (let at = 8; at < bytes.length;) {
    if (bytes[at] === 0) return bytes.subarray(0, at);
    let size = 0;
    let next = at + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[next++] ?? fail("module", "a section without a size");
      size += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    at = next + size;
  }
  return bytes;
}

function packed(description: ModuleDescription, plain: Uint8Array, relaxed: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(description));
  const bytes = new Uint8Array(8 + json.length + plain.length + relaxed.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, json.length, true);
  view.setUint32(4, plain.length, true);
  bytes.set(json, 8);
  bytes.set(plain, 8 + json.length);
  bytes.set(relaxed, 8 + json.length + plain.length);
  return bytes;
}

/** Neither ends the comment that it stands in, nor leaves ASCII. */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ");
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x6000) text += String.fromCharCode(...bytes.subarray(at, at + 0x6000));
  return btoa(text);
}
