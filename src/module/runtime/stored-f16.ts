// Weights that a module stores as 16-bit floats.
import { countOf } from "../../ops/nd.ts";
import type { StoredWeights } from "./weights.ts";

export const stored: StoredWeights = {
  bytesOf: (shape) => 2 * countOf(shape),
  widen: (_, bytes, out) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let index = 0; index < out.length; index++) out[index] = fromHalf(view.getUint16(2 * index, true));
  },
};

/** A 32-bit float from the bits of a 16-bit one (IEEE 754). */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
