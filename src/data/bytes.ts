// Bytes that are read in pieces, by place: what the readers of rows and of long texts stand on, so that none of them loads a file whole.
// Nothing here touches a file: `open-bytes.ts` does.
import { UserError } from "../base/diagnostic.ts";

export interface ByteSource {
  /** As messages name it: the path. */
  readonly name: string;
  /** In bytes, when it was opened. */
  readonly size: number;
  /** The bytes from `offset`: `length` of them, or fewer at the end. */
  read(offset: number, length: number): Buffer;
  close(): void;
}

export function changed(name: string): UserError {
  return new UserError(`${name}: the file has changed since it was opened; begin again`);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of UTF-8, or undefined where the bytes are none. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
