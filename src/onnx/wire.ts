// The wire format of protobuf, as far as ONNX needs it. Written by hand: a generated reader and writer of onnx.proto has some 10,000 lines
// and needs a library at run time, and it allocates what the lengths in a damaged file say. This one only takes views of the file.
import { UserError } from "../base/diagnostic.ts";

/** How a field is stored. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const TEXT = new TextEncoder();

/** Collects the fields of one message. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];

  /** A whole number within ±2^53. */
  int(field: number, value: number): this {
    this.#parts.push(varint(BigInt(field * 8 + VARINT)), varint(BigInt.asUintN(64, BigInt(value))));
    return this;
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#parts.push(varint(BigInt(field * 8 + FIXED32)), bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#parts.push(varint(BigInt(field * 8 + BYTES)), varint(BigInt(value.length)), value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, TEXT.encode(value));
  }

  /** Leaves an empty text out, as protobuf does. */
  textIfAny(field: number, value: string): this {
    return value === "" ? this : this.text(field, value);
  }

  message(field: number, write: (writer: MessageWriter) => void): this {
    const inner = new MessageWriter();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** A field of a message that is read. Its methods throw a UserError if the field is stored in another way. */
export class Field {
  readonly number: number;
  readonly #wire: number;
  readonly #varint: bigint;
  readonly #bytes: Uint8Array;

  constructor(number: number, wire: number, value: { readonly varint: bigint; readonly bytes: Uint8Array }) {
    this.number = number;
    this.#wire = wire;
    this.#varint = value.varint;
    this.#bytes = value.bytes;
  }

  int(): number {
    this.#expect(VARINT);
    return wholeNumber(this.#varint);
  }

  float(): number {
    this.#expect(FIXED32);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset, 4).getFloat32(0, true);
  }

  /** A view of the file. */
  bytes(): Uint8Array {
    this.#expect(BYTES);
    return this.#bytes;
  }

  text(): string {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(this.bytes());
    } catch {
      throw damaged("a name is not UTF-8");
    }
  }

  /** One element of a repeated whole number, or several in one field. */
  ints(): readonly number[] {
    if (this.#wire === VARINT) return [this.int()];
    const found: number[] = [];
    const bytes = this.bytes();
    for (let at = 0; at < bytes.length;) {
      const { value, next } = readVarint(bytes, at);
      found.push(wholeNumber(value));
      at = next;
    }
    return found;
  }

  /** One element of a repeated float, or several in one field. */
  floats(): readonly number[] {
    if (this.#wire === FIXED32) return [this.float()];
    const bytes = this.bytes();
    if (bytes.length % 4 !== 0) throw damaged("a list of floats ends within a float");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(4 * index, true));
  }

  #expect(wire: number): void {
    if (this.#wire !== wire) throw damaged(`field ${this.number} is stored in an unexpected way`);
  }
}

/** The fields of a message, in order, one at a time: a list of them could be larger than the file. Throws a UserError for what is not a message. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  for (let at = 0; at < bytes.length;) {
    const key = readVarint(bytes, at);
    const [number, wire] = [Number(key.value >> 3n), Number(key.value & 7n)];
    if (number === 0 || number >= 2 ** 29) throw damaged("a field has no valid number");
    const { value, next } = readValue(bytes, key.next, wire);
    yield new Field(number, wire, value);
    at = next;
  }
}

const NOTHING = new Uint8Array(0);

function readValue(
  bytes: Uint8Array,
  at: number,
  wire: number,
): { value: { varint: bigint; bytes: Uint8Array }; next: number } {
  if (wire === VARINT) {
    const { value, next } = readVarint(bytes, at);
    return { value: { varint: value, bytes: NOTHING }, next };
  }
  const { start, length } = extentOf(bytes, at, wire);
  if (length > bytes.length - start) throw damaged("it ends too early");
  return { value: { varint: 0n, bytes: bytes.subarray(start, start + length) }, next: start + length };
}

function extentOf(bytes: Uint8Array, at: number, wire: number): { readonly start: number; readonly length: number } {
  if (wire === FIXED64) return { start: at, length: 8 };
  if (wire === FIXED32) return { start: at, length: 4 };
  if (wire !== BYTES) throw damaged("a field is stored in an unknown way");
  const { value, next } = readVarint(bytes, at);
  return { start: next, length: Number(value) };
}

function readVarint(bytes: Uint8Array, from: number): { readonly value: bigint; readonly next: number } {
  let value = 0n;
  for (let count = 0; count < 10; count++) {
    const byte = bytes[from + count];
    if (byte === undefined) throw damaged("it ends too early");
    value |= BigInt(byte & 127) << BigInt(7 * count);
    if (byte < 128) return { value: BigInt.asUintN(64, value), next: from + count + 1 };
  }
  throw damaged("a number has too many bytes");
}

function wholeNumber(value: bigint): number {
  const number = Number(BigInt.asIntN(64, value));
  // Some exporters write the largest integer for "up to the end".
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, number));
}

export function damaged(reason: string): UserError {
  return new UserError(`this is not an ONNX file, or a damaged one: ${reason}`);
}

/** Spreading a long list into arguments would overflow the stack. */
export function pushAll(list: number[], more: readonly number[]): void {
  for (const value of more) list.push(value);
}
