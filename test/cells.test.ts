// Cells that are not shipped, written as their papers' equations, learn English better than a unigram model.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mobyDickText } from "../src/datasets/moby-dick.ts";
import { encode } from "../src/data/vocabulary.ts";
import { wasmTarget } from "../src/targets/wasm/target.ts";
import { lessonOf, train, type Lesson } from "./support/training.ts";

const UPDATES = 200;
/** Nats a character below what counting the letters alone reaches. */
const BETTER = 0.3;
/** 200 updates of 32 × 32 characters, read once. */
const CHARACTERS = 220_000;

const book = [...mobyDickText()];
const texts = {
  training: book.slice(0, CHARACTERS).join(""),
  validation: book.slice(-15_000).join(""),
};

/** What a model that knows only how often each symbol comes needs for the held-out text; unseen ones count as half. */
function unigramNats({ vocabulary, training, validation }: Lesson): number {
  const counts = new Map<number, number>();
  const read = encode(vocabulary, training);
  for (const token of read) counts.set(token, (counts.get(token) ?? 0) + 1);
  const held = encode(vocabulary, validation);
  const nats = held.reduce((sum, token) => sum - Math.log((counts.get(token) ?? 0.5) / read.length), 0);
  return nats / held.length;
}

const wasm = await wasmTarget();

describe(`after ${UPDATES} updates the held-out loss is at least ${BETTER} nats below a unigram model's`, () => {
  test.each(["mut1", "cornn", "slstm"])("%s", { timeout: 120_000 }, async (name) => {
    const source = { name: `${name}.rec`, text: readFileSync(new URL(`cells/${name}.rec`, import.meta.url), "utf8") };
    const lesson = lessonOf(source, { E: 16, H: 64 }, texts);
    const losses: number[] = [];
    const { validation } = await train(wasm, lesson, { updates: UPDATES, onUpdate: (loss) => losses.push(loss) });
    expect(losses).toHaveLength(UPDATES);
    expect(losses[0]).toBeCloseTo(Math.log(lesson.vocabulary.size), 0);
    const unigram = unigramNats(lesson);
    // English letters: a unigram model needs about 3 nats a character. This guards the count itself.
    expect(unigram).toBeGreaterThan(2.8);
    expect(unigram).toBeLessThan(3.3);
    expect(validation).toBeLessThan(unigram - BETTER);
  });
});
