// The numbers of a safetensors file as 32-bit floats, whatever floating-point type they are stored in.
import { UserError } from "../../base/diagnostic.ts";
import type { TensorEntry } from "../../checkpoint/safetensors.ts";

/** Throws a UserError for a type without fractions, which no weight has. */
export function decode(name: string, { dtype, bytes }: TensorEntry): Float32Array {
  // Copied: a view of floats must begin at a multiple of their size.
  const { buffer } = Uint8Array.from(bytes);
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "F64":
      return Float32Array.from(new Float64Array(buffer));
    case "BF16":
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
    case "F16":
      return Float32Array.from(new Uint16Array(buffer), halfToFloat);
    default:
      throw new UserError(`\`${name}\` has numbers of the type ${dtype}; F64, F32, F16 and BF16 can be weights`);
  }
}

/** Bits of an IEEE half. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
