// Weights that a module stores as 8-bit integers with a scale for each row, which is along the last axis. The scales stand first. Vectors and
// numbers stay 32-bit floats.
import { hasRows } from "../../export/int8.ts";
import { countOf } from "../../ops/nd.ts";
import { stored as asFloats } from "./stored-f32.ts";
import type { StoredWeights } from "./weights.ts";

export const stored: StoredWeights = {
  bytesOf: (shape) => (hasRows({ shape }) ? countOf(shape) + 4 * rowsOf(shape) : asFloats.bytesOf(shape)),
  widen: (shape, bytes, out) => {
    if (!hasRows({ shape })) {
      asFloats.widen(shape, bytes, out);
      return;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const rows = rowsOf(shape);
    const width = out.length / rows;
    for (let row = 0; row < rows; row++) {
      const scale = view.getFloat32(4 * row, true);
      for (let index = row * width; index < (row + 1) * width; index++)
        out[index] = scale * view.getInt8(4 * rows + index);
    }
  },
};

function rowsOf(shape: readonly number[]): number {
  return countOf(shape.slice(0, -1));
}
