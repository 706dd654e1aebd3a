// Symbols to token ids and back: an array holds whole symbols, a text is joined as its kind requires, and an invalid token is reported.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile, UserError, type TextVocabulary } from "../../src/index.ts";
import { recurra, temporaryFolder } from "../support/command.ts";

const SPEC = `use GRU from "cells"
  model S(H = 2) {
    input c: seq char[A]
    input w: seq word[V]
    target l: seq label[C]
    predict l from linear(GRU(H)(concat(embed(w, 2), embed(c, 2))), out = C)
  }`;
const TEXTS = {
  A: "abc",
  V: ['The dog (a "good" one) said: no, it isn\'t; “yes”! 日本語です'],
  C: ["VB", "NN", "very good", '"', ""],
};

async function vocabularies(): Promise<{ c: TextVocabulary; w: TextVocabulary; l: TextVocabulary }> {
  const model = await compile(SPEC, { texts: TEXTS });
  return { c: model.vocabulary("c"), w: model.vocabulary("w"), l: model.vocabulary("l") };
}

describe("encode", () => {
  test("takes an array item by item, as a row of data does", async () => {
    const { c, w, l } = await vocabularies();
    expect([...w.encode(["The", "dog"])]).toEqual([...w.encode("The dog")]);
    expect(w.encode(["The", "dog"])).toHaveLength(2);
    expect([...c.encode(["a", "c"])]).toEqual([...c.encode("ac")]);
    expect(l.decodeEach(l.encode(["NN", "VB", "very good"]))).toEqual(["NN", "VB", "very good"]);
    expect(w.decodeEach(w.encode(["The dog"]))).toEqual(["<unk>"]);
  });

  test.each<readonly [keyof Awaited<ReturnType<typeof vocabularies>>, unknown, string]>([
    ["c", ["ab"], '"ab" is not one character'],
    ["l", ["NN", "XY"], 'the label "XY" does not occur in the training data'],
    ["w", ["The", 5], "a word that `encode` is given is 5, but it must be a text"],
    ["w", 5, "what `encode` is given is 5, but it must be a text, or an array of symbols"],
    ["w", null, "what `encode` is given is null, but it must be a text, or an array of symbols"],
  ])("%s of %o is refused", async (name, given, message) => {
    const { [name]: vocabulary } = await vocabularies();
    expect(() => Reflect.apply(vocabulary.encode, vocabulary, [given])).toThrow(new UserError(message));
  });
});

describe("decode", () => {
  test("puts characters side by side, and words as a text has them", async () => {
    const { c, w } = await vocabularies();
    expect(c.decode(c.encode("cab"))).toBe("cab");
    expect(w.decode(w.encode(TEXTS.V[0] ?? ""))).toBe(TEXTS.V[0]);
    expect(w.decode([...w.encode("no, no"), w.unknown ?? -1])).toBe("no, no <unk>");
  });

  test("keeps labels apart, and shows where one with a blank ends", async () => {
    const { l } = await vocabularies();
    const write = (...labels: readonly string[]): string => l.decode(l.encode(labels));
    expect(write("VB", "NN")).toBe("VB NN");
    expect(write("very good")).toBe("very good");
    expect(write("VB", "very good", '"', "", "NN")).toBe('VB "very good" "\\"" "" NN');
    expect(write()).toBe("");
  });

  test.each<readonly [unknown, string]>([
    [[99], "the vocabulary has no token 99: its ids are whole numbers from 0 to 4"],
    [[0, -1], "the vocabulary has no token -1: its ids are whole numbers from 0 to 4"],
    [Float32Array.of(0.5), "the vocabulary has no token 0.5: its ids are whole numbers from 0 to 4"],
    [["0"], 'a token id that `decode` is given is "0", but it must be a whole number'],
    [3, "what `decode` is given is 3, but it must be token ids, as an array or another iterable"],
  ])("of %o is refused", async (given, message) => {
    const { l } = await vocabularies();
    for (const call of [l.decode, l.decodeEach])
      expect(() => Reflect.apply(call, l, [given])).toThrow(new UserError(message));
  });
});

test("`recurra generate` writes words as a text has them", async () => {
  const folder = temporaryFolder();
  const [spec, data, run] = [join(folder, "word.rec"), join(folder, "words.txt"), join(folder, "run")];
  writeFileSync(
    spec,
    `use RNN from "cells"
     model Lm(H = 4) {
       input text: seq word[V]
       predict text[t+1] from linear(RNN(H)(onehot(text)), out = V)
     }`,
  );
  writeFileSync(data, "Call me (Ishmael); some years ago, it was so. ".repeat(200));
  const trained = await recurra(
    "train",
    spec,
    "--data",
    data,
    "--batch",
    "2",
    "--updates",
    "150",
    "--lr",
    "0.05",
    "--set",
    "H=12",
    "--out",
    run,
  );
  expect(trained.code).toBe(0);
  for (const prompt of ["Call me", "Call me "]) {
    const written = await recurra("generate", run, "--prompt", prompt, "--length", "12", "--temperature", "0");
    expect(written.out).toBe("Call me (Ishmael); some years ago, it was so.\n");
  }
});
