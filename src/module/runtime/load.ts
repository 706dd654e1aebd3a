// Loads a module: its description, its WebAssembly and its weights.
import type { ModuleDescription } from "../description.ts";
import { fromBase64, inflated } from "./blob.ts";
import type { DrawNumbers } from "../../train/sampling.ts";
import { Machine } from "./machine.ts";
import type { ModelParts } from "./model.ts";
import { eachPiece } from "./pieces.ts";
import type { ReadLabels } from "./predictions.ts";
import { countOf } from "../../ops/nd.ts";
import type { StoredWeights } from "./weights.ts";

/** What the module's text holds. */
export interface Contents {
  /** Description and WebAssembly, packed. */
  readonly data: string;
  /** The weights in base64, or what reads their file. */
  readonly weights: string | (() => Promise<Uint8Array>);
  readonly stored: StoredWeights;
  /** Where a model that writes draws numbers from a distribution. */
  readonly draw?: DrawNumbers;
  /** Where labels are predicted by ctc. */
  readonly labels?: ReadLabels;
}

export interface LoadOptions {
  /** The contents of the module's file of weights, where it has one and it is not beside the module. */
  readonly weights?: Uint8Array | ArrayBuffer;
}

/** What a model is made of. Rejects where the weights do not fit. */
export async function loadParts(
  { data, weights, stored, labels }: Contents,
  options: LoadOptions = {},
): Promise<ModelParts> {
  const { description, plain, relaxed } = unpacked(await inflated(fromBase64(data)));
  const module = await WebAssembly.compile(WebAssembly.validate(relaxed) ? relaxed : plain);
  const machine = new Machine(module);
  const bytes = await weightBytes(weights, options);
  const shapes = description.weights;
  const expected = shapes.reduce((sum, shape) => sum + stored.bytesOf(shape), 0);
  if (bytes.length !== expected)
    throw new Error(`the weights of ${description.name} must be ${expected} bytes, but there are ${bytes.length}`);
  let at = 0;
  const addresses = shapes.map((shape) => {
    const end = at + stored.bytesOf(shape);
    const count = countOf(shape);
    const address = machine.allocate(4 * count);
    stored.widen(shape, bytes.subarray(at, end), machine.floats(address, count));
    at = end;
    return address;
  });
  const weight: ModelParts["weight"] = (feed) => (feed.kind === "weight" ? addresses[feed.weight] : undefined);
  return { machine, description, weight, labels };
}

/** The lengths of the description and of the first WebAssembly module, the description, and both modules in pieces. */
function unpacked(bytes: Uint8Array<ArrayBuffer>): {
  readonly description: ModuleDescription;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly relaxed: Uint8Array<ArrayBuffer>;
} {
  const view = new DataView(bytes.buffer);
  let at = 8 + view.getUint32(0, true);
  const description = JSON.parse(new TextDecoder().decode(bytes.subarray(8, at)));
  const plain = new Uint8Array(view.getUint32(4, true));
  const relaxed = new Uint8Array(bytes.length - at - plain.length);
  eachPiece([plain, relaxed], (module, from, end) => {
    module.set(bytes.subarray(at, at + end - from), from);
    at += end - from;
  });
  return { description, plain, relaxed };
}

async function weightBytes(weights: Contents["weights"], options: LoadOptions): Promise<Uint8Array> {
  if (options.weights !== undefined) return new Uint8Array(options.weights);
  return typeof weights === "string" ? fromBase64(weights) : weights();
}
