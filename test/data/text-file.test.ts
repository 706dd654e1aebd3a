// Long texts from disk are read like texts in memory, for any size of blocks, with bounded memory.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mobyDickText } from "../../src/datasets/moby-dick.ts";
import { cutStreams, memoryTokens, partOf } from "../../src/data/text.ts";
import { TextFile } from "../../src/data/text-file.ts";
import { buildVocabulary, encode } from "../../src/data/vocabulary.ts";
import { sourceOf } from "./sources.ts";

const PLAIN = { start: false, end: false, minCount: 1 };

describe("a text on disk", () => {
  test("has the symbols, the vocabulary and the tokens of the whole, in blocks of any size", () => {
    const parts = fc.array(
      fc.constantFrom("a", "Zoë ", "😀", " ", "\n", "\r\n", "don't ", "3.14", "e\u0301", "\t", "日本語 "),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(parts, fc.integer({ min: 40, max: 80 }), fc.constantFrom("char", "word"), (each, block, kind) => {
        const text = each.join("");
        fc.pre(kind === "char" || text.trim() !== "");
        const file = new TextFile(sourceOf("a.txt", text), kind, block);
        const vocabulary = buildVocabulary(kind, [text], PLAIN);
        expect(file.vocabulary(PLAIN)).toEqual(vocabulary);
        const tokens = encode(vocabulary, text);
        expect(file.tokens(vocabulary).read(0, file.length)).toEqual(tokens);
        const [from, count] = [Math.floor(tokens.length / 3), Math.ceil(tokens.length / 3)];
        expect(file.tokens(vocabulary, 1).read(from, count)).toEqual(tokens.subarray(from, from + count));
      }),
    );
  });

  test("the words of Moby Dick are those of the whole, in blocks of 4 KiB", () => {
    const text = mobyDickText().slice(0, 200_000);
    const vocabulary = buildVocabulary("word", [text], PLAIN);
    const file = new TextFile(sourceOf("book.txt", text), "word", 4096);
    expect(file.tokens(vocabulary).read(0, file.length)).toEqual(encode(vocabulary, text));
  });

  test("the vocabulary of a first part leaves out what occurs behind it only", () => {
    const file = new TextFile(sourceOf("a.txt", "abcabcxyz"), "char", 4);
    for (let to = 0; to <= 9; to++) {
      expect(file.vocabulary(PLAIN, to)).toEqual(buildVocabulary("char", ["abcabcxyz".slice(0, to)], PLAIN));
    }
  });

  test("a byte order mark is not a symbol; invalid UTF-8 is reported with its line; a blank text has no words", () => {
    expect(new TextFile(sourceOf("a.txt", "\uFEFFab"), "char").length).toBe(2);
    const bad = Buffer.concat([Buffer.from("good line\n".repeat(20)), Buffer.from([0x61, 0xff, 0x0a])]);
    expect(() => new TextFile(sourceOf("a.txt", bad), "char", 64)).toThrow("a.txt:21: this is not UTF-8 text");
    expect(() => new TextFile(sourceOf("a.txt", " \n"), "word")).toThrow("a.txt has no words in it");
  });
});

describe("streams", () => {
  test("5 MB are read in blocks, each once an epoch, with the same chunks as in memory", () => {
    const text = mobyDickText().repeat(4).slice(0, 5_000_000);
    const source = sourceOf("book.txt", text);
    const file = new TextFile(source, "char", 1 << 14);
    expect(source.largest).toBe(1 << 14);
    const vocabulary = file.vocabulary(PLAIN);
    const cut = Math.floor(file.length * 0.9);
    const streams = cutStreams(partOf(file.tokens(vocabulary, 17), 0, cut), 8, "the text");
    const memory = cutStreams(partOf(memoryTokens(encode(vocabulary, text)), 0, cut), 8, "the text");
    const before = source.total;
    const same = (a: Int32Array, b: Int32Array): boolean => a.length === b.length && a.every((x, at) => x === b[at]);
    expect(streams.length).toBe(memory.length);
    for (let start = 0; start < streams.length; start += 4096) {
      const steps = Math.min(4096, streams.length - start);
      expect(same(streams.window(start, steps), memory.window(start, steps)), `step ${start}`).toBe(true);
    }
    // Streams begin and end inside blocks: those are read once for each of their two streams.
    expect(source.total - before).toBeLessThan(0.9 * source.size + 10 * (1 << 14));
  });
});
