// The safetensors format: the length of the header as 8 little-endian bytes, a JSON header, then the arrays.
import * as z from "zod";
import { UserError } from "../base/diagnostic.ts";
import type { Tensor, TensorFile } from "./write-safetensors.ts";

export { writeSafetensors, type Tensor, type TensorFile } from "./write-safetensors.ts";

const ENTRY = z.object({
  dtype: z.enum(["F32", "F64", "I32"]),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});

/** Reads a file's bytes. Throws a UserError that says what was expected. */
export function readSafetensors(bytes: Uint8Array, path: string): TensorFile {
  const refuse = (reason: string): never => {
    throw new UserError(`${path}: this is not a safetensors file: ${reason}`);
  };
  if (bytes.length < 8) return refuse("it is shorter than its length field");
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (8 + length > bytes.length)
    return refuse(`its header should be ${length} bytes, but only ${bytes.length - 8} follow`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch {
    return refuse("its header is not JSON");
  }
  const entries = z.record(z.string(), z.unknown()).safeParse(header);
  if (!entries.success) return refuse("its header is not an object");
  const { __metadata__: stored, ...rest } = entries.data;
  const metadata = z.record(z.string(), z.string()).safeParse(stored ?? {});
  if (!metadata.success) return refuse("its metadata are not all strings");
  // Copied: Buffers of Node share memory with each other, and so do their slices.
  const body = new Uint8Array(bytes.subarray(8 + length));
  const tensors = new Map(Object.entries(rest).map(([name, value]) => [name, readTensor(name, value, body, refuse)]));
  return { tensors, metadata: metadata.data };
}

function readTensor(name: string, value: unknown, body: Uint8Array, refuse: (reason: string) => never): Tensor {
  const entry = ENTRY.safeParse(value);
  if (!entry.success) return refuse(`the entry of \`${name}\` is not valid`);
  const { dtype, shape, data_offsets } = entry.data;
  const [from, to] = data_offsets;
  const width = dtype === "F64" ? 8 : 4;
  const count = shape.reduce((product, size) => product * size, 1);
  if (to - from !== count * width || to > body.length) {
    return refuse(
      `\`${name}\` of shape [${shape.join(", ")}] needs ${count * width} bytes, but has ${Math.min(to, body.length) - from}`,
    );
  }
  const buffer = body.slice(from, to).buffer;
  const data =
    dtype === "F32" ? new Float32Array(buffer) : dtype === "F64" ? new Float64Array(buffer) : new Int32Array(buffer);
  return { dtype, shape, data };
}
