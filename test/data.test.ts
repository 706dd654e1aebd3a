// Vocabularies, running text, weights on disk.
import fc from "fast-check";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cutStreams, memoryTokens, partOf } from "../src/data/text.ts";
import { restoreVocabulary, storeVocabulary } from "../src/data/stored-vocabulary.ts";
import { buildVocabulary, decode, encode } from "../src/data/vocabulary.ts";
import type { Description } from "../src/checkpoint/checkpoint.ts";
import { loadCheckpoint, saveCheckpoint } from "../src/checkpoint/checkpoint-files.ts";
import { readText, writeAtomically } from "../src/files/files.ts";
import { readSafetensors, writeSafetensors, type Tensor } from "../src/checkpoint/safetensors.ts";

const PLAIN = { start: false, end: false, minCount: 1 };

describe("vocabulary", () => {
  test("symbols are sorted by code point, then come unknown, start, end", () => {
    const vocabulary = buildVocabulary("char", ["b😀a", "é"], { start: true, end: true, minCount: 1 });
    expect(vocabulary.symbols).toEqual(["a", "b", "é", "😀"]);
    expect([vocabulary.unknown, vocabulary.start, vocabulary.end, vocabulary.size]).toEqual([4, 5, 6, 7]);
  });

  test("punctuation is a separate word", () => {
    const vocabulary = buildVocabulary("word", ["Call me Ishmael."], PLAIN);
    expect(vocabulary.symbols).toEqual([".", "Call", "Ishmael", "me"]);
    expect([...encode(vocabulary, "Call Ishmael now")]).toEqual([1, 2, 4]);
  });

  test("rarer symbols than the least count become unknown", () => {
    const vocabulary = buildVocabulary("char", ["aab"], { ...PLAIN, minCount: 2 });
    expect([...encode(vocabulary, "ab")]).toEqual([0, 1]);
  });

  test("an unseen label is an error that names it", () => {
    const vocabulary = buildVocabulary("label", ["good", "bad"], PLAIN);
    expect(vocabulary.unknown).toBeNull();
    expect(() => encode(vocabulary, "ugly")).toThrow('the label "ugly" does not occur in the training data');
  });

  test("decode inverts encode for any text of known characters, also after storing", () => {
    const vocabulary = restoreVocabulary(
      JSON.parse(JSON.stringify(storeVocabulary(buildVocabulary("char", ["abc déf😀\n"], PLAIN)))),
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(..."abc déf😀\n"), { minLength: 1 }), (symbols) => {
        expect(decode(vocabulary, encode(vocabulary, symbols.join("")))).toBe(symbols.join(""));
      }),
    );
  });
});

describe("running text", () => {
  test("streams are equal parts, read in parallel; the rest is dropped", () => {
    const tokens = Int32Array.from({ length: 11 }, (_, index) => index);
    const streams = cutStreams(memoryTokens(tokens), 2, "the text");
    expect(streams.length).toBe(5);
    expect([...streams.window(0, 3)]).toEqual([0, 5, 1, 6, 2, 7]);
    expect([...streams.window(3, 2)]).toEqual([3, 8, 4, 9]);
    expect([...cutStreams(partOf(memoryTokens(tokens), 7, 11), 2, "a part").window(1, 1)]).toEqual([8, 10]);
  });

  test("a text that is too short says what is needed", () => {
    expect(() => cutStreams(memoryTokens(new Int32Array(3)), 2, "the text")).toThrow(
      "the text has 3 symbols, but 2 streams need at least 4",
    );
  });
});

describe("files", () => {
  const folder = (): string => mkdtempSync(join(tmpdir(), "recurra-"));

  test("safetensors: what is written is read back, and the arrays begin at a multiple of 8", () => {
    const tensors = new Map<string, Tensor>([
      ["f.x", { dtype: "F32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ["d", { dtype: "F64", shape: [], data: Float64Array.of(Math.PI) }],
      ["constructor", { dtype: "I32", shape: [0], data: new Int32Array(0) }],
    ]);
    const bytes = writeSafetensors({ tensors, metadata: { a: "b" } });
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
    expect(readSafetensors(Buffer.from(bytes), "w")).toEqual({ tensors, metadata: { a: "b" } });
  });

  test.each([
    [new Uint8Array(3), "shorter than its length field"],
    [Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0), "its header should be 255 bytes"],
    [Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7b), "its header is not JSON"],
  ])("safetensors: a broken file %# is refused with the reason", (bytes, reason) => {
    expect(() => readSafetensors(bytes, "w.safetensors")).toThrow(reason);
  });

  test("a file is replaced whole, and nothing else is left in its folder", () => {
    const where = folder();
    writeAtomically(join(where, "sub", "a.txt"), "one");
    writeAtomically(join(where, "sub", "a.txt"), "two");
    expect(readFileSync(join(where, "sub", "a.txt"), "utf8")).toBe("two");
    expect(readdirSync(join(where, "sub"))).toEqual(["a.txt"]);
  });

  test("a missing file, a folder and invalid UTF-8 are reported in one sentence", () => {
    const where = folder();
    writeFileSync(join(where, "latin1"), Buffer.from([0x61, 0xe9, 0x62]));
    expect(() => readText(join(where, "nope"))).toThrow("there is no such file");
    expect(() => readText(where)).toThrow("that is a folder");
    expect(() => readText(join(where, "latin1"))).toThrow("this is not UTF-8 text");
  });

  test("a checkpoint is read from the weights alone, whatever other files are beside them", () => {
    const where = folder();
    const description: Description = {
      format: "recurra-checkpoint-2",
      sources: [{ name: "m.rec", asked: "m.rec", text: "" }],
      model: "M",
      statics: { H: 4 },
      vocabularies: {},
      settings: {},
      target: "reference",
      layout: "text",
      sizes: {},
      updates: 3,
    };
    const arrays = new Map([["w", { dtype: "float" as const, shape: [2], data: Float32Array.of(1, 2) }]]);
    saveCheckpoint(where, { description, arrays });
    writeFileSync(join(where, "settings.json"), "half a fi");
    expect(loadCheckpoint(where)).toEqual({ description, arrays });
  });
});
