// n-gram models: counts, smoothing, and what is measured with them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mobyDickText } from "../../src/datasets/moby-dick.ts";
import { heldOutFrom } from "../../src/data/held-out.ts";
import { cutStreams, memoryTokens, partOf } from "../../src/data/text.ts";
import { TextInMemory } from "../../src/data/text-memory.ts";
import { encode, type Vocabulary } from "../../src/data/vocabulary.ts";
import { countNgrams, type NgramContext } from "../../src/ngram/counts.ts";
import { absoluteDiscount, modifiedDiscounts } from "../../src/ngram/discounts.ts";
import { NgramModel } from "../../src/ngram/model.ts";
import type { Smoothing } from "../../src/ngram/smoothing.ts";

const PLAIN = { start: false, end: false, minCount: 1 };
const ALL: readonly Smoothing[] = [
  { kind: "none" },
  { kind: "add", delta: 1 },
  { kind: "add", delta: 0.01 },
  { kind: "backoff" },
  { kind: "kneser-ney" },
];
/** Of float64, with divisions by what is left of 1 by a sum: 30 000 random texts stayed below it. */
const ROUNDING = 1e-11;

interface Counted {
  readonly vocabulary: Vocabulary;
  readonly tokens: Int32Array;
  model(order: number, smoothing: Smoothing): NgramModel;
}

function counted(text: string, kind: "char" | "word" = "char"): Counted {
  const read = new TextInMemory(text, kind, "the text");
  const vocabulary = read.vocabulary(PLAIN);
  const source = read.tokens(vocabulary);
  return {
    vocabulary,
    tokens: source.read(0, source.length),
    model: (order, smoothing) => new NgramModel(countNgrams(source, vocabulary.size, order), order, smoothing),
  };
}

function after(model: NgramModel, tokens: Iterable<number>): NgramContext {
  const context = model.context();
  for (const token of tokens) context.read(token);
  return context;
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}

/** How often `part` stands in `tokens` with a symbol after it, or where it stands at all. */
function occurrences(tokens: readonly number[], part: readonly number[]): number {
  return tokens.filter(
    (_, at) => at + part.length <= tokens.length && part.every((each, index) => tokens[at + index] === each),
  ).length;
}

/** Texts of few symbols, in which n-grams occur again. The id 4 never occurs; with a size of 4, any symbol may follow any other. */
const TEXTS = fc.record({
  tokens: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 60 }).map((each) => Int32Array.from(each)),
  order: fc.integer({ min: 1, max: 5 }),
  size: fc.constantFrom(4, 5),
  context: fc.array(fc.nat({ max: 4 }), { maxLength: 6 }),
});
const SIZE = 5;

describe("counts", () => {
  test("of all n-grams of any text are those of the text's parts", () => {
    fc.assert(
      fc.property(TEXTS, ({ tokens, order }) => {
        const { levels } = countNgrams(memoryTokens(tokens), SIZE, order);
        levels.forEach((level, index) => {
          const parts = Array.from({ length: Math.max(0, tokens.length - index) }, (_, at) =>
            tokens.slice(at, at + index + 1).join(),
          );
          expect(level.tokens.length).toBe(new Set(parts).size);
          expect(sum(level.counts)).toBe(parts.length);
          const frequencies = [...new Set(parts)].map((part) => parts.filter((each) => each === part).length);
          expect([...level.counts].sort()).toEqual(frequencies.sort());
        });
      }),
    );
  });

  test("a text shorter than the order has no n-grams of it", () => {
    const { levels } = countNgrams(memoryTokens(Int32Array.of(2, 0)), 3, 4);
    expect(levels.map(({ tokens }) => tokens.length)).toEqual([2, 1, 0, 0]);
  });
});

describe("probabilities", () => {
  test.each(ALL)("%o: after any context they are not negative and sum to 1", (smoothing) => {
    fc.assert(
      fc.property(TEXTS, ({ tokens, order, context, size }) => {
        const model = new NgramModel(countNgrams(memoryTokens(tokens), size, order), order, smoothing);
        const distribution = model.distribution(after(model, context));
        expect(Math.min(...distribution)).toBeGreaterThanOrEqual(0);
        expect(Math.abs(sum(distribution) - 1)).toBeLessThan(ROUNDING);
      }),
      { numRuns: 300 },
    );
  });

  test.each(ALL)("%o: those of single symbols are those of the distribution", (smoothing) => {
    fc.assert(
      fc.property(TEXTS, ({ tokens, order, context, size }) => {
        const model = new NgramModel(countNgrams(memoryTokens(tokens), size, order), order, smoothing);
        const read = after(model, context);
        model.distribution(read).forEach((value, token) => {
          expect(model.probability(read, token)).toBeCloseTo(value, 14);
        });
      }),
    );
  });

  test.each([{ kind: "add", delta: 1 }, { kind: "backoff" }, { kind: "kneser-ney" }] as const)(
    "%o: every symbol has one above 0, also one that never occurs",
    (smoothing) => {
      fc.assert(
        fc.property(TEXTS, ({ tokens, order, context, size }) => {
          const model = new NgramModel(countNgrams(memoryTokens(tokens), size, order), order, smoothing);
          expect(Math.min(...model.distribution(after(model, context)))).toBeGreaterThan(0);
        }),
      );
    },
  );

  test.each([0, 0.5, 1])("added %d: (count + delta) / (total + delta · size), for any text and context", (delta) => {
    fc.assert(
      fc.property(TEXTS, ({ tokens, order, context }) => {
        const text = [...tokens];
        const smoothing: Smoothing = delta === 0 ? { kind: "none" } : { kind: "add", delta };
        const model = new NgramModel(countNgrams(memoryTokens(tokens), SIZE, order), order, smoothing);
        const last = order === 1 ? [] : context.slice(1 - order);
        const total = sum(Array.from({ length: SIZE }, (_, token) => occurrences(text, [...last, token])));
        fc.pre(total > 0 || delta > 0);
        const read = after(model, context);
        for (let token = 0; token < SIZE; token++) {
          const expected = (occurrences(text, [...last, token]) + delta) / (total + delta * SIZE);
          expect(model.probability(read, token)).toBeCloseTo(expected, 14);
        }
      }),
    );
  });

  test("1000 times `students opened their`, 400 times `books`, 100 times `exams`: .4 and .1; with 1 added, of 1000 words: .2005 and .0505", () => {
    const others = Array.from({ length: 994 }, (_, index) => `w${index}`);
    const next = [...Array<string>(400).fill("books"), ...Array<string>(100).fill("exams"), ...others.slice(0, 500)];
    const text = [...next.map((word) => `students opened their ${word}`), ...others.slice(500)].join(" ");
    const { vocabulary, model } = counted(text, "word");
    expect(vocabulary.size).toBe(1000);
    const both = (smoothing: Smoothing): readonly number[] => {
      const four = model(4, smoothing);
      const read = after(four, encode(vocabulary, "students opened their"));
      return [...encode(vocabulary, "books exams")].map((token) => four.probability(read, token));
    };
    expect(both({ kind: "none" })).toEqual([0.4, 0.1]);
    expect(both({ kind: "add", delta: 1 })).toEqual([0.2005, 0.0505]);
  });
});

describe("discounts", () => {
  test("three are estimated from the counts of counts; one where these do not suffice, and 0.75 where even that fails", () => {
    const counts = [
      [10, 1],
      [6, 2],
      [4, 3],
      [3, 4],
      [2, 9],
    ].flatMap(([times = 0, count = 0]) => Array<number>(times).fill(count));
    const y = 10 / 22;
    expect([0, 1, 2, 3, 9].map(modifiedDiscounts(Int32Array.from(counts)))).toEqual([
      0,
      1 - (2 * y * 6) / 10,
      2 - (3 * y * 4) / 6,
      3 - (4 * y * 3) / 4,
      3 - (4 * y * 3) / 4,
    ]);
    expect([0, 1, 2, 3].map(modifiedDiscounts(Int32Array.of(1, 1, 2)))).toEqual([0, 0.5, 0.5, 0.5]);
    expect(modifiedDiscounts(Int32Array.of(7))(7)).toBe(0.75);
    expect(absoluteDiscount(Int32Array.of(1, 1, 1))(1)).toBe(0.75);
  });

  test("of any counts are above 0 and below the count", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 60 }), (counts) => {
        const discounts = [absoluteDiscount, modifiedDiscounts].map((of) => of(Int32Array.from(counts)));
        for (const discount of discounts)
          for (const count of counts) {
            expect(discount(count)).toBeGreaterThan(0);
            expect(discount(count)).toBeLessThan(count);
          }
      }),
    );
  });
});

/** The formulas of `backoff` and `kneser-ney`, written out: p of a token after a context, in a text of symbols 0 to SIZE - 1. */
function direct(text: readonly number[], kind: "backoff" | "kneser-ney", order: number): Direct {
  const each = Array.from({ length: SIZE }, (_, token) => token);
  const parts = (length: number): readonly (readonly number[])[] => {
    const all = text.slice(length - 1).map((_, at) => text.slice(at, at + length));
    return [...new Map(all.map((part) => [part.join(), part])).values()];
  };
  const longest = Math.min(order, text.length);
  const count = (part: readonly number[]): number =>
    kind === "backoff" || part.length === longest
      ? occurrences(text, part)
      : each.filter((before) => occurrences(text, [before, ...part]) > 0).length;
  const discounts = Array.from({ length: longest + 1 }, (_, length) =>
    (kind === "backoff" ? absoluteDiscount : modifiedDiscounts)(
      Int32Array.from(length === 0 ? [] : parts(length).map(count)),
    ),
  );
  const p: Direct = (context, token) => {
    const shorter = (next: number): number => (context.length === 0 ? 1 / SIZE : p(context.slice(1), next));
    if (context.length >= longest) return shorter(token);
    const counts = each.map((next) => count([...context, next]));
    const total = sum(counts);
    if (total === 0) return shorter(token);
    const less = counts.map((value) => discounts[context.length + 1]?.(value) ?? NaN);
    const [own = 0, taken = 0] = [counts[token], less[token]];
    if (kind === "kneser-ney") return (own - taken + sum(less) * shorter(token)) / total;
    const unseen = each.filter((next) => counts[next] === 0);
    if (unseen.length === 0) return own / total;
    return own > 0 ? (own - taken) / total : ((sum(less) / total) * shorter(token)) / sum(unseen.map(shorter));
  };
  return p;
}

type Direct = (context: readonly number[], token: number) => number;

test.each(["backoff", "kneser-ney"] as const)("%s: as its formula, for any text, order and context", (kind) => {
  fc.assert(
    fc.property(TEXTS, ({ tokens, order, context }) => {
      const model = new NgramModel(countNgrams(memoryTokens(tokens), SIZE, order), order, { kind });
      const p = direct([...tokens], kind, order);
      const last = order === 1 ? [] : context.slice(1 - order);
      expectClose(
        [...model.distribution(after(model, context))],
        Array.from({ length: SIZE }, (_, token) => p(last, token)),
      );
    }),
  );
});

describe("measured", () => {
  test("is the mean of -log p of every symbol but the first of each stream", () => {
    const { tokens, model } = counted("the theme of the thesis");
    const three = model(3, { kind: "kneser-ney" });
    const measures = three.measure(cutStreams(memoryTokens(tokens), 2, "the text"));
    const half = Math.floor(tokens.length / 2);
    const nats = [tokens.slice(0, half), tokens.slice(half, 2 * half)].flatMap((stream) =>
      [...stream]
        .slice(1)
        .map((token, at) => -Math.log(three.probability(after(three, stream.slice(0, at + 1)), token))),
    );
    expect(measures.count).toBe(nats.length);
    expect(measures.loss).toBeCloseTo(sum(nats) / nats.length, 12);
  });

  test("without smoothing, a symbol that never followed makes the loss infinite, and is counted", () => {
    const { vocabulary, model } = counted("abab");
    const held = cutStreams(memoryTokens(encode(vocabulary, "abba")), 1, "the text");
    expect(model(2, { kind: "none" }).measure(held)).toEqual({ loss: Infinity, count: 3, impossible: 1 });
  });

  test("a text that was counted is predicted best by maximum likelihood", () => {
    const { tokens, model } = counted("she sells sea shells by the sea shore");
    const own = cutStreams(memoryTokens(tokens), 1, "the text");
    const losses = ALL.map((smoothing) => model(3, smoothing).measure(own).loss);
    expect(Math.min(...losses)).toBe(losses[0]);
  });

  /** 1.1 million characters are counted in 1.5 s; the time limit leaves room for a slow machine. */
  test(
    "on Moby Dick's last tenth: the add-0.1 bigram model has perplexity 11.15; kneser-ney needs fewer bits with each order",
    { timeout: 20_000 },
    () => {
      const text = new TextInMemory(mobyDickText(), "char", "the book");
      const cut = heldOutFrom(text.length);
      const vocabulary = text.vocabulary(PLAIN, cut);
      const tokens = text.tokens(vocabulary);
      const held = cutStreams(partOf(tokens, cut, tokens.length), 1, "the rest");
      const counts = countNgrams(partOf(tokens, 0, cut), vocabulary.size, 5);
      const loss = (order: number, smoothing: Smoothing): number =>
        new NgramModel(counts, order, smoothing).measure(held).loss;
      expect(Math.exp(loss(2, { kind: "add", delta: 0.1 }))).toBeCloseTo(11.152790924434619, 9);
      const bits = [1, 2, 3, 4, 5].map((order) => loss(order, { kind: "kneser-ney" }) / Math.LN2);
      expect(bits.map((value) => value.toFixed(3))).toEqual(["4.436", "3.480", "2.834", "2.340", "2.106"]);
      const bytes = counts.levels.map(
        ({ tokens: last, counts: often, starts }) => last.byteLength + often.byteLength + starts.byteLength,
      );
      expect(sum(bytes)).toBeLessThan(12.1 * sum(counts.levels.map(({ counts: often }) => often.length)));
    },
  );
});

test("backoff, if every symbol of the vocabulary follows a context: their shares, of which nothing is taken", () => {
  const text = memoryTokens(Int32Array.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 1]));
  const model = new NgramModel(countNgrams(text, 2, 2), 2, { kind: "backoff" });
  expectClose([...model.distribution(after(model, [0]))], [4 / 7, 3 / 7]);
  expectClose([...model.distribution(model.context())], [7 / 10, 3 / 10]);
});

describe("by hand, for the text `abcabd` with the vocabulary a, b, c, d, <unk>", () => {
  const { vocabulary, model } = counted("abcabd");
  const p = (order: number, smoothing: Smoothing, context: string): readonly number[] => {
    const read = model(order, smoothing);
    return [...read.distribution(after(read, encode(vocabulary, context)))];
  };

  // Single symbols: a 2, b 2, c 1, d 1, so n1 = n2 = 2 and the discount is 2/6 = 1/3. Taken: 4/3 of 6 = 2/9, of which the unknown has all.
  test("backoff, order 1", () => {
    expectClose(p(1, { kind: "backoff" }, ""), [5 / 18, 5 / 18, 1 / 9, 1 / 9, 2 / 9]);
  });

  // Pairs: ab 2, bc 1, ca 1, bd 1, so n1 = 3, n2 = 1 and the discount is 3/5. After b: c and d have 2/5 of 2 each; 3/5 are left for a, b
  // and <unk> in proportion to 5/18, 5/18 and 4/18.
  test("backoff, order 2", () => {
    const [unseen, unknown] = [(3 / 5) * (5 / 14), (3 / 5) * (4 / 14)];
    expectClose(p(2, { kind: "backoff" }, "b"), [unseen, unseen, 1 / 5, 1 / 5, unknown]);
  });

  // At order 2, symbols have as many kinds before them: a 1 (c), b 1 (a), c 1, d 1; n2 = 0, so the discount is 0.75.
  // p(symbol) = 0.25 / 4 + 0.75 · 0.2 = 0.2125, p(<unk>) = 0.15. Pairs: discount 3/5 as above, weight after b: 2 · 3/5 / 2.
  test("kneser-ney, order 2", () => {
    const [seen, unseen] = [0.2 + 0.6 * 0.2125, 0.6 * 0.2125];
    expectClose(p(2, { kind: "kneser-ney" }, "b"), [unseen, unseen, seen, seen, 0.6 * 0.15]);
  });

  test("a context that does not occur, or only at the end, is shortened; with 1 added, all are equal", () => {
    for (const kind of ["none", "backoff", "kneser-ney"] as const) {
      expectClose(p(3, { kind }, "db"), p(3, { kind }, "b"));
      expectClose(p(2, { kind }, "d"), p(2, { kind }, ""));
    }
    expectClose(p(3, { kind: "add", delta: 1 }, "db"), Array<number>(5).fill(0.2));
  });

  test("an order above the length of the text is that of the whole text", () => {
    for (const smoothing of ALL.filter(({ kind }) => kind !== "add"))
      expectClose(p(9, smoothing, "abcab"), p(6, smoothing, "abcab"));
  });
});

/** To 5e-11, for the same reason as `ROUNDING`. */
function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? NaN, 10));
}
