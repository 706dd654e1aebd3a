// Loads a module: its description, its WebAssembly and its weights.
import type { ModuleDescription } from "../description.ts";
import { builtin, fromBase64, inflated } from "./blob.ts";
import { Machine } from "./machine.ts";
import type { ModelParts } from "./model.ts";
import { countOf } from "../../ops/nd.ts";
import { storedBytes, widen, type StoredType } from "./weights.ts";

/** What the module's text holds. */
export interface Contents {
  /** Description and WebAssembly, packed. */
  readonly data: string;
  /** The weights in base64; null where they are in a file. */
  readonly weights: string | null;
  readonly weightType: StoredType;
  /** Where the file of weights is. */
  readonly file: URL | null;
}

export interface LoadOptions {
  /** The contents of the module's file of weights, where it has one and it is not beside the module. */
  readonly weights?: Uint8Array | ArrayBuffer;
}

/** What a model is made of. Rejects where the weights do not fit. */
export async function loadParts(contents: Contents, options: LoadOptions = {}): Promise<ModelParts> {
  const { description, plain, relaxed } = unpacked(await inflated(fromBase64(contents.data)));
  const module = await WebAssembly.compile(WebAssembly.validate(relaxed) ? relaxed : plain);
  const machine = new Machine(module);
  const bytes = await weightBytes(contents, options);
  const { weights, name } = description;
  const expected = weights.reduce((sum, shape) => sum + storedBytes(shape, contents.weightType), 0);
  if (bytes.length !== expected)
    throw new Error(`the weights of ${name} must be ${expected} bytes, but there are ${bytes.length}`);
  let at = 0;
  const addresses = weights.map((shape) => {
    const end = at + storedBytes(shape, contents.weightType);
    const count = countOf(shape);
    const address = machine.allocate(4 * count);
    widen(shape, contents.weightType, bytes.subarray(at, end), machine.floats(address, count));
    at = end;
    return address;
  });
  const weight: ModelParts["weight"] = (feed) => (feed.kind === "weight" ? addresses[feed.weight] : undefined);
  return { machine, description, weight };
}

/** The lengths of the description and of the first WebAssembly module, and then these and the second one. */
function unpacked(bytes: Uint8Array<ArrayBuffer>): {
  readonly description: ModuleDescription;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly relaxed: Uint8Array<ArrayBuffer>;
} {
  const view = new DataView(bytes.buffer);
  const [first, second] = [8 + view.getUint32(0, true), view.getUint32(4, true)];
  return {
    description: JSON.parse(new TextDecoder().decode(bytes.subarray(8, first))),
    plain: bytes.slice(first, first + second),
    relaxed: bytes.slice(first + second),
  };
}

async function weightBytes({ weights, file }: Contents, options: LoadOptions): Promise<Uint8Array> {
  if (options.weights !== undefined) return new Uint8Array(options.weights);
  if (weights !== null) return fromBase64(weights);
  if (file === null) return new Uint8Array(0);
  const fs = file.protocol === "file:" ? builtin("node:fs") : undefined;
  if (fs !== undefined) return new Uint8Array(fs.readFileSync(file));
  const response = await fetch(file);
  if (!response.ok) throw new Error(`the weights could not be read: ${file.href} (${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}
