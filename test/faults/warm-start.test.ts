// A training begins from the weights of another, with other data and another learning rate.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recurraIn, temporaryFolder } from "../support/command.ts";

const SPEC = `use RNN from "cells"
model Lm(H = 4) {
  input text: seq char[V]
  predict text[t+1] from linear(RNN(H)(onehot(text)), out = V)
}
`;

test(
  "with a rate that changes nothing, the loss is that of the weights that were given",
  { timeout: 180_000 },
  async () => {
    const folder = temporaryFolder();
    for (const [name, text] of [
      ["char.rec", SPEC],
      ["book.txt", "abc def\n".repeat(200)],
      ["other.txt", "fed abc\n".repeat(60)],
    ] as const)
      writeFileSync(join(folder, name), text);
    const call = async (...args: readonly string[]): Promise<string> => {
      const { code, out, err } = await recurraIn(folder, args);
      expect([code, err]).toEqual([0, ""]);
      return out;
    };
    const lossOf = async (run: string): Promise<number> => {
      const measures: unknown = JSON.parse(await call("evaluate", run, "--data", "other.txt", "--json"));
      return Number(Reflect.get(Object(measures), "loss"));
    };
    await call(
      "train",
      "char.rec",
      "--data",
      "book.txt",
      "--batch",
      "2",
      "--lr",
      "0.05",
      "--updates",
      "12",
      "--out",
      "run",
    );
    const before = await lossOf("run");
    const warm = ["train", "char.rec", "--data", "other.txt", "--weights", "run/weights.safetensors", "--batch", "2"];
    const said = await call(...warm, "--lr", "1e-12", "--updates", "1", "--out", "same");
    expect(said).toContain("begins with the weights of run/weights.safetensors\n");
    expect(await lossOf("same")).toBeCloseTo(before, 5);
    await call(...warm, "--lr", "0.05", "--epochs", "3", "--out", "better");
    expect(await lossOf("better")).toBeLessThan(before - 0.05);
  },
);
