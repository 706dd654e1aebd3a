// Bytes that are read by offset, in pieces, so that no reader loads a whole file. Files are opened in `open-bytes.ts`.
import { UserError } from "../base/diagnostic.ts";

export interface ByteSource {
  /** The name in messages: the path. */
  readonly name: string;
  /** In bytes, when it was opened. */
  readonly size: number;
  /** The bytes from `offset`: `length` of them, or fewer at the end. */
  read(offset: number, length: number): Buffer;
  close(): void;
}

export function changed(name: string): UserError {
  return new UserError(`${name}: the file has changed since it was opened; start again`);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text, or undefined if the bytes are not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
