// Weights of a module: stored as 32-bit floats, 16-bit floats, or 8-bit integers with a scale for each row. All are 32-bit floats in memory.
import { hasRows } from "../../export/int8.ts";
import { countOf } from "../../ops/nd.ts";

/** How the numbers of a module's weights are stored. */
export type StoredType = "f32" | "f16" | "int8";

/** Bytes that a weight takes. Vectors and numbers stay 32-bit floats where matrices are integers. */
export function storedBytes(shape: readonly number[], type: StoredType): number {
  const count = countOf(shape);
  if (type === "f16") return 2 * count;
  return type === "int8" && hasRows({ shape }) ? count + 4 * rowsOf(shape) : 4 * count;
}

/** Rows are along the last axis. */
function rowsOf(shape: readonly number[]): number {
  return countOf(shape.slice(0, -1));
}

/** Widens a weight from its bytes into `out`. */
export function widen(shape: readonly number[], type: StoredType, bytes: Uint8Array, out: Float32Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === "f16") {
    for (let index = 0; index < out.length; index++) out[index] = fromHalf(view.getUint16(2 * index, true));
    return;
  }
  if (type === "int8" && hasRows({ shape })) {
    const rows = rowsOf(shape);
    const width = out.length / rows;
    for (let row = 0; row < rows; row++) {
      const scale = view.getFloat32(4 * row, true);
      for (let index = row * width; index < (row + 1) * width; index++)
        out[index] = scale * view.getInt8(4 * rows + index);
    }
    return;
  }
  new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes);
}

/** A 32-bit float from the bits of a 16-bit one (IEEE 754). */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
