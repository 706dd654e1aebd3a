// `recurra ngram`: the same division of a text as in training, what is printed, and texts that are odd.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { rowData, textData } from "../../src/data/data-source.ts";
import { decode } from "../../src/data/vocabulary.ts";
import { countNgrams } from "../../src/ngram/counts.ts";
import { ngramData } from "../../src/ngram/data.ts";
import { NgramModel } from "../../src/ngram/model.ts";
import { drawTokens } from "../../src/ngram/write.ts";
import { readText } from "../../src/files/files.ts";
import { planFit } from "../../src/library/fit-plan.ts";
import { constant } from "../../src/shape/dim.ts";
import { compiled } from "../library/models.ts";
import { recurra, temporaryFolder } from "../support/command.ts";
import { shippedNamed } from "../support/specs.ts";

const TEXT = "Call me Ishmael. Some years ago I had little money, and I went to sea.\n".repeat(9);

function written(text: string, name = "book.txt"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

async function printed(...args: readonly string[]): Promise<string> {
  const { out, err, code } = await recurra("ngram", ...args);
  expect(err).toBe("");
  expect(code).toBe(0);
  return out;
}

describe("the figures", () => {
  test("are of the symbols that `train` trains on, and of those that `evaluate` predicts", async () => {
    const [charlm, statics] = [shippedNamed("CharLM"), new Map([["H", constant(2)]])];
    const data = { training: textData(TEXT, "the text"), holdsOut: true };
    const plan = planFit({ definition: charlm, statics }, data, { batch: 2 });
    plan.data.close();
    const said = /^(\d+) symbols, (\d+) characters to train on, (\d+) held out$/.exec(plan.data.about.join("\n"));
    const [, size, training, held] = said ?? expect.fail("the words of `train` have changed");
    const model = await compiled(readText("specs/models/charlm.rec"), { set: { H: 2 }, target: "reference" });
    await model.fit({ data: TEXT, updates: 1, batch: 2 });
    const evaluated = await model.evaluate({ data: TEXT.slice(Number(training)) });
    const counted = await printed(written(TEXT), "--order", "2");
    expect(counted).toContain(`${size} symbols, ${training} characters to count, ${held} held out`);
    expect(counted).toMatch(
      /^loss \d\.\d{4} nats, perplexity \d+\.\d\d, \d\.\d{3} bits a character, over \d+ predictions$/m,
    );
    expect(counted).toContain(`over ${evaluated.predictions[0]?.count} predictions`);
  });

  test("of `students opened their` are .4 and .1, and .2005 and .0505 with 1 added to each of 1000 words", async () => {
    const others = Array.from({ length: 994 }, (_, index) => `w${index}`);
    const next = [...Array<string>(400).fill("books"), ...Array<string>(100).fill("exams"), ...others.slice(0, 500)];
    const text = [...next.map((word) => `students opened their ${word}`), ...others.slice(500)].join("\n");
    const path = written(text);
    const call = [
      path,
      "--valid",
      path,
      "--symbols",
      "word",
      "--order",
      "4",
      "--suggest",
      "students opened their",
      "--top",
      "2",
    ];
    expect(await printed(...call, "--smoothing", "none")).toMatch(/"books"\s+0\.4000\n"exams"\s+0\.1000\n$/);
    expect(await printed(...call, "--smoothing", "add")).toMatch(/"books"\s+0\.2005\n"exams"\s+0\.0505\n$/);
  });

  test("of several orders are rows of a table; an infinite loss is written so, and null in JSON", async () => {
    const [book, other] = [written("abababab"), written("abba")];
    const call = [book, "--valid", other, "--order", "1,2,9", "--smoothing", "none"];
    expect((await printed(...call)).trimEnd().split("\n").slice(1)).toEqual([
      "order  n-grams  up to it  loss      perplexity  bits a character",
      "    1        2         2  0.6931    2.00        1.000",
      "    2        2         4  infinite  infinite    infinite",
      "    9        0        15  infinite  infinite    infinite",
    ]);
    expect(await printed(...call, "--order", "2")).toContain("loss infinite: 1 of 3 symbols have probability 0");
    const order = z.object({ order: z.number(), loss: z.number().nullable(), impossible: z.number() });
    const { orders } = z.object({ orders: z.array(order) }).parse(JSON.parse(await printed(...call, "--json")));
    expect(orders.map(({ loss, impossible }) => [loss, impossible])).toEqual([
      [Math.log(2), 0],
      [null, 1],
      [null, 1],
    ]);
  });
});

describe("odd texts and calls", () => {
  test.each([
    ["", "char", 1, "the text: this text is empty"],
    ["a", "char", 1, "the text: the last tenth is held out, and nothing is left to count: give more text"],
    [" \n ", "word", 1, "the text has no words in it"],
    ["abcabcabcabc", "char", 9, "the text: no symbol occurs 9 times: give a smaller --min-count"],
  ] as const)("%j, by %s, at least %d times: %s", (text, kind, minCount, message) => {
    expect(() => ngramData(textData(text, "the text"), { kind, minCount })).toThrow(message);
  });

  test.each([
    [["--delta", "2"], "--delta has no effect with --smoothing kneser-ney"],
    [["--order", "2,21"], "--order is 21, but it can be 20 at most"],
  ])("%j: %s", async (args, message) => {
    const { err, code } = await recurra("ngram", written(TEXT), ...args);
    expect(err).toContain(message);
    expect(code).toBe(1);
  });

  test("rows are refused", () => {
    const rows = rowData([new Map([["a", 1]])], "the rows");
    expect(() => ngramData(rows, { kind: "char", minCount: 1 })).toThrow("the rows: these are rows, but n-grams");
    const validation = { validation: rows };
    expect(() => ngramData(textData(TEXT, "t"), { kind: "char", minCount: 1, ...validation })).toThrow(
      "the rows: these",
    );
  });

  test("with fewer than two symbols held out, nothing is measured, and the rest is printed", async () => {
    const out = await printed(written("aaaa aaaa"), "--order", "2", "--prompt", "a", "--length", "3", "--suggest", "a");
    expect(out).toMatch(/n-grams: 2 of 1 symbol, 3 of 2\nfewer than 2 symbols are held out, so nothing is measured\n/);
    expect(out).toMatch(/\norder 2:\na[a ]{3}\nsymbol  probability\n"a"     0\.\d{4}\n" "     0\.\d{4}\n$/);
  });
});

describe("data", () => {
  test("both symbols of a line end are characters; words have neither, and punctuation is a word", () => {
    const text = 'He said: "no".\r\n"No?"\r\n';
    const whole = { validation: textData("x", "valid"), minCount: 1 };
    const characters = ngramData(textData(text, "data"), { kind: "char", ...whole });
    expect(characters.training.length).toBe(text.length);
    expect(characters.vocabulary.symbols.slice(0, 2)).toEqual(["\n", "\r"]);
    const words = ngramData(textData(text, "data"), { kind: "word", ...whole });
    expect(words.training.length).toBe(11);
    expect(words.vocabulary.symbols).toEqual(['"', ".", ":", "?", "He", "No", "no", "said"]);
  });

  test("symbols that only the held-out part has, and rare ones, are the unknown token", () => {
    const { vocabulary, training, heldOut } = ngramData(textData("aabaabcaabz", "data"), { kind: "char", minCount: 2 });
    expect(vocabulary.symbols).toEqual(["a", "b"]);
    expect([...training.read(0, training.length)]).toEqual([0, 0, 1, 0, 0, 1, 2, 0, 0]);
    expect([...heldOut.read(0, heldOut.length)]).toEqual([1, 2]);
  });
});

describe("a text that is written", () => {
  const { vocabulary, training } = ngramData(textData(TEXT, "data"), { kind: "char", minCount: 1 });
  const counts = countNgrams(training, vocabulary.size, 4);
  const text = (order: number, seed: number): string => {
    const model = new NgramModel(counts, order, { kind: "none" });
    return decode(vocabulary, drawTokens(model, vocabulary, { prompt: "Call ", length: 300, seed }));
  };

  test("has only n-grams of the text, the same for the same seed", () => {
    const own = text(4, 3);
    expect(own).toHaveLength(300);
    expect(text(4, 3)).toBe(own);
    expect(text(4, 4)).not.toBe(own);
    for (let at = 0; at + 4 <= own.length; at++) expect(TEXT).toContain(own.slice(at, at + 4));
  });

  test("has symbols as often as the text, to within five standard deviations", () => {
    const model = new NgramModel(counts, 1, { kind: "none" });
    const drawn = [...drawTokens(model, vocabulary, { prompt: "", length: 4000, seed: 1 })];
    const [context, expected] = [model.context(), new Map<number, number>()];
    for (const token of drawn) expected.set(token, (expected.get(token) ?? 0) + 1);
    for (let token = 0; token < vocabulary.size; token++) {
      const p = model.probability(context, token);
      const deviation = Math.sqrt(drawn.length * p * (1 - p));
      expect(Math.abs((expected.get(token) ?? 0) - drawn.length * p)).toBeLessThanOrEqual(5 * deviation);
    }
  });

  test("ends where only the unknown token can follow", () => {
    const rare = ngramData(textData("aaxaaxaaxaaqq", "data"), { kind: "char", minCount: 6 });
    const model = new NgramModel(countNgrams(rare.training, rare.vocabulary.size, 3), 3, { kind: "none" });
    const drawn = drawTokens(model, rare.vocabulary, { prompt: "a", length: 9, seed: 1 });
    expect(decode(rare.vocabulary, drawn)).toBe("a");
  });
});
