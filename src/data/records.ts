// Splits a file into records, with little more than one record in memory.
import { UserError } from "../base/diagnostic.ts";
import type { ByteSource } from "./bytes.ts";
import { textStart } from "./open-bytes.ts";

export interface RecordPlace {
  readonly offset: number;
  /** In bytes, without the end of the line. */
  readonly size: number;
  /** From 1. */
  readonly line: number;
}

export interface FileRecord extends RecordPlace {
  /** Valid until the next record is read. */
  readonly bytes: Buffer;
}

/** `quoted`: a record may contain line ends inside double quotes, as in CSV. */
export type RecordEnds = "lines" | "quoted";

export interface RecordOptions {
  readonly ends: RecordEnds;
  /** Bytes that are read at once; more if a record is longer. */
  readonly piece?: number;
  /** The byte that ends a line, from `lineEndOf`. Default: `\n`, with or without `\r` before it. */
  readonly newline?: number;
  /** In bytes; a longer record is an error. */
  readonly longest?: number;
}

const PIECE = 1 << 20;
/** A longer record is an error, such as a quote that is never closed. Reading it would take about twenty times its size in memory. */
const LONGEST = 1 << 25;
const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;

/** Every record that is not blank. The last may have no line end. */
export function* recordsOf(source: ByteSource, options: RecordOptions): Generator<FileRecord> {
  const { ends, piece = PIECE, newline = NEWLINE, longest = LONGEST } = options;
  let at = textStart(source);
  let line = 1;
  let held: Buffer = Buffer.alloc(0);
  let begin = 0;
  let scanned = 0;
  let lines = 1;
  let isOpen = false;
  for (;;) {
    const end = held.indexOf(newline, scanned);
    if (end >= 0) {
      if (ends === "quoted" && countOf(held, QUOTE, scanned, end) % 2 === 1) isOpen = !isOpen;
      scanned = end + 1;
      if (isOpen) {
        lines += 1;
        continue;
      }
      if (end - begin > longest) throw tooLong(source, line, { ends, longest });
      const found = recordIn(held, begin, end, { at, line });
      if (found !== undefined) yield found;
      begin = scanned;
      line += lines;
      lines = 1;
      continue;
    }
    const rest = held.subarray(begin);
    if (rest.length > longest) throw tooLong(source, line, { ends, longest });
    const next = source.read(at + held.length, Math.max(piece, rest.length));
    if (next.length === 0) break;
    at += begin;
    if (ends === "quoted" && countOf(held, QUOTE, scanned, held.length) % 2 === 1) isOpen = !isOpen;
    scanned = rest.length;
    begin = 0;
    held = rest.length === 0 ? next : Buffer.concat([rest, next]);
  }
  const last = recordIn(held, begin, held.length, { at, line });
  if (last !== undefined) yield last;
}

function tooLong(
  source: ByteSource,
  line: number,
  { ends, longest }: Required<Pick<RecordOptions, "ends" | "longest">>,
): UserError {
  const what = `this row is too long: it has more than ${longest / 2 ** 20} MiB`;
  const why =
    ends === "quoted" ? "is there a quote that is not closed?" : "a row is one line; is the whole file on one line?";
  return new UserError(`${source.name}:${line}: ${what}; ${why}`);
}

/** The end of the first line, outside of quotes: `\r` if no `\n` follows, as old programs write CSV, otherwise `\n`. */
export function lineEndOf(source: ByteSource): number {
  let quotes = 0;
  for (let at = textStart(source); at < source.size; at += HEAD) {
    const bytes = source.read(at, HEAD + 1);
    let from = 0;
    for (let end = firstEnd(bytes, from); end < HEAD; end = firstEnd(bytes, from)) {
      quotes += countOf(bytes, QUOTE, from, end);
      if (quotes % 2 === 0) return bytes[end] === RETURN && bytes[end + 1] !== NEWLINE ? RETURN : NEWLINE;
      from = end + 1;
    }
    quotes += countOf(bytes, QUOTE, from, HEAD);
  }
  return NEWLINE;
}

/** The offset of the first `\n` or `\r`; infinite if there is none. */
function firstEnd(bytes: Buffer, from: number): number {
  const places = [bytes.indexOf(NEWLINE, from), bytes.indexOf(RETURN, from)];
  return Math.min(...places.map((place) => (place < 0 ? Infinity : place)));
}

const HEAD = 1 << 16;

function countOf(bytes: Buffer, byte: number, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte, from); at >= 0 && at < to; at = bytes.indexOf(byte, at + 1)) count += 1;
  return count;
}

function recordIn(
  held: Buffer,
  begin: number,
  end: number,
  place: { readonly at: number; readonly line: number },
): FileRecord | undefined {
  const stop = end > begin && held[end - 1] === RETURN ? end - 1 : end;
  const bytes = held.subarray(begin, stop);
  if (bytes.every((byte) => byte === 32 || byte === 9)) return undefined;
  return { bytes, offset: place.at + begin, size: bytes.length, line: place.line };
}
