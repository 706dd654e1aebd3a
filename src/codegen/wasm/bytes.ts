// The parts of WebAssembly's binary format: numbers, names, vectors and sections.
import { invariant } from "../../base/invariant.ts";
import type { ValueType } from "./opcodes.ts";

export type Bytes = readonly number[];

export const TYPE_CODE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const satisfies Record<
  ValueType,
  number
>;

export const float32 = (value: number): Bytes => [...new Uint8Array(Float32Array.of(value).buffer)];
export const int32 = (value: number): Bytes => [...new Uint8Array(Int32Array.of(value).buffer)];

/** LEB128 of 0 ≤ value < 2⁵³. */
export function unsigned(value: number): Bytes {
  invariant(Number.isSafeInteger(value) && value >= 0, "wasm", `${value} is not a natural number`);
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

/** LEB128 of an integer with |value| < 2⁵³. */
export function signed(value: number): Bytes {
  invariant(Number.isSafeInteger(value), "wasm", `${value} is not an integer`);
  const bytes: number[] = [];
  let rest = value;
  for (; rest < -64 || rest > 63; rest = Math.floor(rest / 0x80)) bytes.push((((rest % 0x80) + 0x80) % 0x80) + 0x80);
  return [...bytes, rest & 0x7f];
}

export const sized = (bytes: Bytes): Bytes => [...unsigned(bytes.length), ...bytes];
export const vector = (entries: readonly Bytes[]): Bytes => [...unsigned(entries.length), ...entries.flat()];
export const text = (value: string): Bytes => sized([...new TextEncoder().encode(value)]);

/** Empty if its content is an empty vector. */
export function section(id: number, content: Bytes): Bytes {
  return content.length === 1 && content[0] === 0 ? [] : [id, ...sized(content)];
}
