// Reads vectors of words as word2vec and GloVe write them: a line for each word, with blanks between the word and its numbers, and in
// word2vec a first line `count width`. Only the numbers of the words that are asked for are parsed, so a file may be larger than memory.
import { UserError } from "../base/diagnostic.ts";
import { textOf, type ByteSource } from "./bytes.ts";
import type { VectorRows } from "./data-source.ts";
import { recordsOf, type FileRecord } from "./records.ts";

const BLANK = 32;
const TAB = 9;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const FRACTION = /^[+-]?\d*\.\d+(?:e[+-]?\d+)?$/i;

/**
 * The vectors of the words of `wanted` that the file has; the first of a repeated word counts. Throws a UserError with the line if a
 * line is not a word with `width` numbers, and if the file does not have as many vectors as its first line says.
 */
export function wordVectors(
  source: ByteSource,
  wanted: ReadonlySet<string>,
  { width, table }: VectorRows,
): ReadonlyMap<string, Float32Array> {
  const found = new Map<string, Float32Array>();
  let count = 0;
  let promised: number | null = null;
  let isFirst = true;
  for (const record of recordsOf(source, { ends: "lines" })) {
    const place = `${source.name}:${record.line}`;
    if (isFirst) {
      isFirst = false;
      const first = firstLine(record);
      if (first.width !== width) throw wrongWidth(place, first.width, { width, table });
      if (first.count !== null) {
        promised = first.count;
        continue;
      }
    }
    const cut = wordEnd(record.bytes, width);
    if (cut === null) throw new UserError(`${place}: this line must have a word and ${width} numbers${andHas(record)}`);
    count += 1;
    const word = textOf(record.bytes.subarray(0, cut))?.replace(/^[ \t]+/, "");
    if (word === undefined) continue;
    if (word.includes(" ")) refuseMoreNumbers(word, place, width);
    if (wanted.has(word) && !found.has(word)) found.set(word, numbersIn(record.bytes.subarray(cut), place));
  }
  if (count === 0) throw new UserError(`${source.name}: this file has no vectors`);
  if (promised !== null && promised !== count)
    throw new UserError(
      `${source.name}: the first line says that ${promised} vectors follow, but there are ${count}; is the file complete?`,
    );
  return found;
}

/** The first line tells how long vectors are: in words (`count width`), or by the numbers at its end. */
function firstLine({ bytes }: FileRecord): { readonly count: number | null; readonly width: number } {
  const fields = fieldsOf(bytes);
  const [count = "", width = ""] = fields;
  if (fields.length === 2 && /^\d+$/.test(count) && /^[1-9]\d*$/.test(width))
    return { count: Number(count), width: Number(width) };
  const last = fields.slice(1).findLastIndex((field) => !NUMBER.test(field));
  return { count: null, width: fields.length - 2 - last };
}

function wrongWidth(place: string, found: number, { width, table }: VectorRows): UserError {
  return found === 0
    ? new UserError(`${place}: this file does not begin with a word and its numbers, so it has no vectors of words`)
    : new UserError(`${place}: the vectors have ${found} numbers, but the rows of \`${table}\` have ${width}`);
}

function andHas(record: FileRecord): string {
  return `, but it has ${Math.max(0, fieldsOf(record.bytes).length - 1)}`;
}

/** A word can have blanks in it, but numbers at its end are too many numbers. */
function refuseMoreNumbers(word: string, place: string, width: number): void {
  const more = word.split(" ").slice(1);
  if (more.length > 0 && more.every((field) => FRACTION.test(field)))
    throw new UserError(`${place}: this line must have a word and ${width} numbers, but it has ${width + more.length}`);
}

function isBlank(byte: number | undefined): boolean {
  return byte === BLANK || byte === TAB;
}

/** The end of the word, before the last `width` fields; null if the line has fewer. */
function wordEnd(bytes: Buffer, width: number): number | null {
  let at = bytes.length;
  for (let field = 0; field < width; field++) {
    while (at > 0 && isBlank(bytes[at - 1])) at -= 1;
    while (at > 0 && !isBlank(bytes[at - 1])) at -= 1;
  }
  while (at > 0 && isBlank(bytes[at - 1])) at -= 1;
  return at === 0 ? null : at;
}

function fieldsOf(bytes: Buffer): readonly string[] {
  return bytes
    .toString("latin1")
    .split(/[ \t]+/)
    .filter((field) => field !== "");
}

function numbersIn(bytes: Buffer, place: string): Float32Array {
  return Float32Array.from(fieldsOf(bytes), (field) => {
    const number = NUMBER.test(field) ? Math.fround(Number(field)) : NaN;
    if (!Number.isFinite(number))
      throw new UserError(`${place}: \`${Buffer.from(field, "latin1").toString()}\` is not a number`);
    return number;
  });
}
