// Writing from the library: seeds, temperature, top-k, prompts as text and as ids; models that write for each example.
import { describe, expect, test } from "vitest";
import { compiled, TARGETS, tokens } from "./models.ts";

const CHARS = 'use CharLM from "models"';
const SMALL = { E: 4, H: 8 };
const TEXT = "to be or not to be";

describe.each(TARGETS)("%s: a model of one text", (target) => {
  test("the same seed writes the same text, other seeds others; temperature 0 and top-k 1 take the likeliest token", async () => {
    const model = await compiled(CHARS, { target, set: SMALL, texts: { V: TEXT } });
    const write = async (options: Parameters<typeof model.generate>[0]): Promise<string> => {
      const [first] = await model.generate({ prompt: "to", length: 30, ...options });
      return model.vocabulary("text").decode(first?.["text"]?.data ?? []);
    };
    const one = await write({ seed: 1 });
    expect(one).toHaveLength(30);
    expect(await write({ seed: 1 })).toBe(one);
    expect(await write({ seed: 2 })).not.toBe(one);
    const careful = await write({ temperature: 0 });
    expect(await write({ topK: 1, seed: 7 })).toBe(careful);
    expect(await write({ topP: 1e-9, seed: 7 })).toBe(careful);
    const ids = model.vocabulary("text").encode("to");
    expect(await write({ seed: 1, prompt: [...ids] })).toBe(one);
    expect(await write({ seed: 1, prompt: ids })).toBe(one);
  });

  test("the likeliest tokens are those of `run` on the tokens so far", async () => {
    const model = await compiled(CHARS, { target, set: SMALL, sizes: { V: 6 } });
    const [written] = await model.generate({ prompt: [3, 1], length: 5, temperature: 0 });
    const ids = [...(written?.["text"]?.data ?? [])];
    const { text } = await model.run({ text: [3, 1, ...ids] });
    expect([...(text?.data ?? [])].slice(1, -1)).toEqual(ids);
  });
});

describe("models that write for each example", () => {
  test("a translation: ids without the end token, one array an example; lengths of the source matter", async () => {
    const model = await compiled('use Translate from "models"', {
      target: "tfjs-cpu",
      set: { E: 4, H: 8 },
      sizes: { S: 5, V: 6 },
    });
    const source = tokens("source", [3, 4], 5);
    const options = { inputs: { source }, length: 7, temperature: 0 };
    const written = await model.generate(options);
    expect(written).toHaveLength(3);
    for (const { output } of written) {
      expect(output?.data.length).toBe(output?.shape[0]);
      // Neither the start token, 4, nor the end token, 5.
      expect([...(output?.data ?? [])].every((id) => id < 4)).toBe(true);
    }
    const [first] = await model.generate({
      ...options,
      inputs: { source: { shape: [4], data: source.data.slice(0, 4) } },
    });
    expect(first).toEqual(written[0]);
  });

  test("numbers: each is that of `run` on the numbers so far", async () => {
    const model = await compiled(
      `use GRU from "cells"
       model Path(H = 4) {
         input start: [2]
         target at: seq [2]
         h = GRU(H)(at[t-1], h = tanh(linear(start, out = H)))
         predict at from linear(h, out = 2)
       }`,
      { target: "reference" },
    );
    const start = [0.5, -1];
    const [written] = await model.generate({ inputs: { start }, length: 3 });
    expect(written?.["at"]?.shape).toEqual([3, 2]);
    const { at } = await model.run({ start, at: written?.["at"] ?? [] });
    const expected = at?.data ?? new Float64Array(0);
    written?.["at"]?.data.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? NaN, 5));
  });
});
