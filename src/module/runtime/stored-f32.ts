// Weights that a module stores as 32-bit floats.
import { countOf } from "../../ops/nd.ts";
import type { StoredWeights } from "./weights.ts";

export const stored: StoredWeights = {
  bytesOf: (shape) => 4 * countOf(shape),
  widen: (_, bytes, out) => new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes),
};
