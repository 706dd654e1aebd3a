// Words are those of Intl.Segmenter on the whole text, though it only ever sees pieces.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wordsOf } from "../../src/data/words.ts";

const WHOLE = new Intl.Segmenter("und", { granularity: "word" });

function wholeWords(text: string): readonly string[] {
  return [...WHOLE.segment(text)].map((piece) => piece.segment).filter((piece) => piece.trim() !== "");
}

describe("words", () => {
  test("are the same wherever pieces are cut", () => {
    const parts = [
      "don't",
      "3.14",
      "a:b",
      "e\u0301",
      "\u0301",
      "\u200d",
      "日本語",
      "😀",
      "🇩🇪",
      "-",
      "'",
      " ",
      "\t",
      "\n",
      "\r\n",
      "x ",
      " 7",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { minLength: 100, maxLength: 400 }), (each) => {
        const text = each.join("");
        expect(wordsOf(text)).toEqual(wholeWords(text));
      }),
    );
  });

  test("of a million letters are found in seconds", () => {
    const text = "call me Ishmael. ".repeat(60_000);
    expect(wordsOf(text)).toHaveLength(240_000);
  }, 10_000);
});
