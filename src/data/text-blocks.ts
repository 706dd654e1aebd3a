// Splits a text file into blocks that can be segmented one by one, with the same symbols as the whole text: between code points for
// characters; for words after a line end, or between a blank and a letter or digit of ASCII, where no word continues.
// A block without such a place is split between code points.
import { UserError } from "../base/diagnostic.ts";
import { textOf, type ByteSource } from "./bytes.ts";
import { textStart } from "./open-bytes.ts";
import type { SymbolKind } from "./vocabulary.ts";

export interface TextBlock {
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
  readonly text: string;
}

/** Throws a UserError if the file is not UTF-8. */
export function* blocksOf(source: ByteSource, kind: SymbolKind, size: number): Generator<TextBlock> {
  let line = 1;
  for (let offset = textStart(source); offset < source.size;) {
    const bytes = source.read(offset, size);
    const isLast = offset + bytes.length >= source.size;
    const block = isLast ? bytes : bytes.subarray(0, cutOf(bytes, kind));
    const text = textOf(block);
    if (text === undefined) throw new UserError(`${source.name}:${line + badLine(block)}: this is not UTF-8 text`);
    yield { offset, size: block.length, text };
    offset += block.length;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) line += 1;
  }
}

/** The number of good lines before the first bad line. */
function badLine(block: Buffer): number {
  let lines = 0;
  for (let begin = 0; ; lines++) {
    const end = block.indexOf(NEWLINE, begin);
    if (end < 0 || textOf(block.subarray(begin, end)) === undefined) return lines;
    begin = end + 1;
  }
}

const NEWLINE = 10;

function cutOf(bytes: Buffer, kind: SymbolKind): number {
  for (let at = bytes.length - 1; kind === "word" && at > 0; at--) {
    const before = bytes[at - 1] ?? 0;
    if (before === NEWLINE || (isBlank(before) && isPlain(bytes[at] ?? 0))) return at;
  }
  const back = bytes.findLastIndex((byte) => (byte & 0xc0) !== 0x80);
  return back <= 0 ? bytes.length : back;
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9;
}

/** An ASCII letter or digit. */
function isPlain(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
}
