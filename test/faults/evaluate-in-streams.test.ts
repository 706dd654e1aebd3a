// A text is measured in one stream: the loss of every symbol but the first, with all that was before it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile, save } from "../../src/index.ts";
import { recurraIn, temporaryFolder } from "../support/command.ts";

const SPEC = `use RNN from "cells"
model Lm(H = 4) {
  input text: seq char[V]
  predict text[t+1] from linear(RNN(H)(onehot(text)), out = V)
}`;
const TEXT = "abc def\n".repeat(40);

/** Mean -log softmax(logits)[next], of one run over the whole text. */
function meanLoss(logits: ArrayLike<number>, tokens: ArrayLike<number>, size: number): number {
  let sum = 0;
  for (let step = 0; step + 1 < tokens.length; step++) {
    const own = Array.from({ length: size }, (_, token) => logits[step * size + token] ?? NaN);
    sum += Math.log(own.reduce((total, each) => total + Math.exp(each), 0)) - (own[tokens[step + 1] ?? -1] ?? NaN);
  }
  return sum / (tokens.length - 1);
}

test(
  "one stream by default, also after a training in 15; `--batch` cuts the text and drops the rest",
  { timeout: 180_000 },
  async () => {
    const folder = temporaryFolder();
    const model = await compile(SPEC, { target: "wasm", seed: 1 });
    await model.fit({ data: TEXT.repeat(4), valid: false, batch: 15, updates: 3 });
    const vocabulary = model.vocabulary("text");
    const tokens = vocabulary.encode(TEXT);
    const { "text.logits": logits } = await model.run({ text: tokens });
    const loss = meanLoss(logits?.data ?? [], tokens, vocabulary.size);
    const measured = await model.evaluate({ data: TEXT });
    expect(measured.predictions[0]?.count).toBe(TEXT.length - 1);
    expect(measured.loss).toBeCloseTo(loss, 5);
    const cut = await model.evaluate({ data: TEXT, batch: 3, steps: 16 });
    expect(cut.predictions[0]?.count).toBe(3 * (Math.floor(TEXT.length / 3) - 1));
    expect(cut.loss).not.toBeCloseTo(loss, 5);
    await save(model, join(folder, "run"));
    writeFileSync(join(folder, "book.txt"), TEXT);
    const call = ["evaluate", "run", "--data", "book.txt", "--json"];
    expect(JSON.parse((await recurraIn(folder, call)).out)).toEqual(measured);
    const { predictions } = await model.evaluate({ data: TEXT, batch: 2 });
    expect(JSON.parse((await recurraIn(folder, [...call, "--batch", "2"])).out)).toMatchObject({ predictions });
    model.dispose();
  },
);
