// The safetensors format: the length of the header as 8 little-endian bytes, a JSON header, then the arrays.

type Shapes = Readonly<Record<string, readonly number[]>>;

/** The arrays of a file that holds exactly those of `shapes`, as 32-bit floats. Throws an error that says what was expected. */
export function readArrays(bytes: Uint8Array, shapes: Shapes): Record<string, Float32Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length < 8 ? Infinity : Number(view.getBigUint64(0, true));
  if (8 + size > bytes.length) throw new Error("the weights are not a safetensors file");
  const header = headerOf(bytes.subarray(8, 8 + size));
  const unknown = Object.keys(header).find((name) => name !== "__metadata__" && !Object.hasOwn(shapes, name));
  if (unknown !== undefined) throw new Error(`the weights have ${unknown}, which the model has not`);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const { dtype, shape: stored, data_offsets: place } = Object(Object.hasOwn(header, name) ? header[name] : null);
      const [first, last] = Array.isArray(place) ? place : [];
      const count = shape.reduce((product, each) => product * each, 1);
      const isRight = dtype === "F32" && Array.isArray(stored) && stored.join() === shape.join();
      if (!isRight || last - first !== 4 * count || !(first >= 0) || 8 + size + last > bytes.length)
        throw new Error(`the weights must have ${name} [${shape.join(", ")}] of F32`);
      const start = 8 + size + first;
      return [name, Float32Array.from({ length: count }, (_, at) => view.getFloat32(start + 4 * at, true))];
    }),
  );
}

function headerOf(bytes: Uint8Array): Record<string, unknown> {
  try {
    return Object(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    throw new Error("the weights are not a safetensors file: the header is not JSON");
  }
}

/** A file of arrays. */
export function writeArrays(shapes: Shapes, arrays: Readonly<Record<string, ArrayLike<number>>>): Uint8Array {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const first = end;
      end += 4 * (arrays[name]?.length ?? 0);
      return [name, { dtype: "F32", shape, data_offsets: [first, end] }];
    }),
  );
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + 8 * Math.ceil(text.length / 8);
  const bytes = new Uint8Array(start + end).fill(32, 8, start);
  bytes.set(text, 8);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(start - 8), true);
  let at = start;
  for (const name of Object.keys(shapes)) {
    for (const value of Array.from(arrays[name] ?? [])) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}
