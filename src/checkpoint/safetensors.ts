// The safetensors format: the length of the header as 8 little-endian bytes, a JSON header, then the arrays.
import * as z from "zod";
import { UserError } from "../base/diagnostic.ts";
import type { Tensor, TensorFile } from "./write-safetensors.ts";

export { writeSafetensors, type Tensor, type TensorFile } from "./write-safetensors.ts";

/** Bytes of an element of each type of the format. */
const WIDTHS = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type ElementName = keyof typeof WIDTHS;

/** An array of a file whose bytes are as many as its shape says. */
export interface TensorEntry {
  readonly dtype: ElementName;
  readonly shape: readonly number[];
  /** A view of the file, little-endian; its place need not be a multiple of the element's size. */
  readonly bytes: Uint8Array;
}

const ENTRY = z.object({
  dtype: z.string().refine((name): name is ElementName => Object.hasOwn(WIDTHS, name)),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});

/** Reads a file's bytes. Throws a UserError that says what was expected. */
export function readSafetensors(bytes: Uint8Array, path: string): TensorFile {
  const { entries, metadata } = readEntries(bytes, path);
  const tensors = new Map([...entries].map(([name, entry]) => [name, readTensor(name, entry, path)]));
  return { tensors, metadata };
}

export interface EntryFile {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a file says that it holds, compared with its length. Copies nothing. Throws a UserError that says what was expected. */
export function readEntries(bytes: Uint8Array, path: string): EntryFile {
  const refuse = (reason: string): never => {
    throw notSafetensors(path, reason);
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
  const body = bytes.subarray(8 + length);
  const read = new Map(Object.entries(rest).map(([name, value]) => [name, readEntry(name, value, body, refuse)]));
  const total = [...read.values()].reduce((sum, each) => sum + each.bytes.length, 0);
  // Otherwise a small file could ask for much memory.
  if (total > body.length) return refuse("some of its arrays are in the same place");
  return { entries: read, metadata: metadata.data };
}

function notSafetensors(path: string, reason: string): UserError {
  return new UserError(`${path}: this is not a safetensors file: ${reason}`);
}

function readEntry(name: string, value: unknown, body: Uint8Array, refuse: (reason: string) => never): TensorEntry {
  const entry = ENTRY.safeParse(value);
  if (!entry.success) return refuse(`the entry of \`${name}\` is not valid`);
  const { dtype, shape, data_offsets } = entry.data;
  const [from, to] = data_offsets;
  const needed = shape.reduce((product, size) => product * size, 1) * WIDTHS[dtype];
  if (to - from !== needed || to > body.length) {
    return refuse(
      `\`${name}\` of shape [${shape.join(", ")}] needs ${needed} bytes, but has ${Math.min(to, body.length) - from}`,
    );
  }
  return { dtype, shape, bytes: body.subarray(from, to) };
}

function readTensor(name: string, { dtype, shape, bytes }: TensorEntry, path: string): Tensor {
  // Copied: Buffers of Node share memory with each other, and so do their slices.
  const buffer = Uint8Array.from(bytes).buffer;
  switch (dtype) {
    case "F32":
      return { dtype, shape, data: new Float32Array(buffer) };
    case "F64":
      return { dtype, shape, data: new Float64Array(buffer) };
    case "I32":
      return { dtype, shape, data: new Int32Array(buffer) };
    default:
      throw notSafetensors(path, `the entry of \`${name}\` is not valid`);
  }
}
