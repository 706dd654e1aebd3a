// `recurra compile --data` prints the loss before and after weights are stored with fewer bits: the loss of the module that it writes.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { mobyDickText } from "../../src/datasets/moby-dick.ts";
import { save } from "../../src/index.ts";
import type { WritingModel } from "../../src/module/runtime/writing-model.ts";
import { recurra, temporaryFolder } from "../support/command.ts";
import { compiled } from "../library/models.ts";

const BOOK = mobyDickText();
const HELD = BOOK.slice(20_000, 20_600);

/** A folder with a small trained model of characters. */
async function trained(): Promise<string> {
  const folder = temporaryFolder();
  const model = await compiled('use CharLM from "models"', { set: { H: 16, E: 8 }, texts: { V: BOOK } });
  await model.fit({ data: BOOK.slice(0, 20_000), valid: false, batch: 1, updates: 60, steps: 32 });
  await save(model, folder);
  writeFileSync(join(folder, "held.txt"), HELD);
  return folder;
}

/** The mean loss of a module over a text, from the logits of its predictions. */
async function lossOfModule(path: string): Promise<number> {
  const loaded: { readonly load: () => Promise<WritingModel> } = await import(pathToFileURL(path).href);
  const model = await loaded.load();
  const tokens = [...model.vocabulary("text").encode(HELD)];
  const logits = model.run({ text: tokens })["text.logits"];
  const [steps = 0, symbols = 0] = logits?.shape ?? [];
  const losses = Array.from({ length: Math.min(steps, tokens.length - 1) }, (_, step) => {
    const row = [...(logits?.data.slice(step * symbols, (step + 1) * symbols) ?? [])];
    const sum = row.reduce((total, value) => total + Math.exp(value), 0);
    return Math.log(sum) - (row[tokens[step + 1] ?? 0] ?? NaN);
  });
  expect(losses).toHaveLength(tokens.length - 1);
  return losses.reduce((total, each) => total + each, 0) / losses.length;
}

function lossIn(out: string, type: string): number {
  return Number(new RegExp(`held out, ${type} *weights: loss ([\\d.]+) nats`).exec(out)?.[1]);
}

test.each(["f16", "int8"])(
  "the printed losses are those of the f32 and the %s module",
  { timeout: 60_000 },
  async (type) => {
    const folder = await trained();
    const [data, small, whole] = ["held.txt", "small.mjs", "whole.mjs"].map((name) => join(folder, name));
    const result = await recurra("compile", folder, "--dtype", type, "--data", `${data}`, "-o", `${small}`);
    expect([result.code, result.err]).toEqual([0, ""]);
    const plain = await recurra("compile", folder, "--data", `${data}`, "-o", `${whole}`);
    expect(lossIn(plain.out, "f32")).toBe(lossIn(result.out, "f32"));
    expect(plain.out).not.toContain("int8");
    const [before, after] = [await lossOfModule(`${whole}`), await lossOfModule(`${small}`)];
    // Four digits are printed.
    expect(Math.abs(lossIn(result.out, "f32") - before)).toBeLessThan(1e-4);
    expect(Math.abs(lossIn(result.out, type) - after)).toBeLessThan(1e-4);
    if (type === "int8") expect(Math.abs(before - after)).toBeGreaterThan(2e-4);
    // The measured weights are not those that are written.
    expect(readFileSync(`${whole}`).length).toBeGreaterThan(readFileSync(`${small}`).length);
  },
);

test("int8 weights are the same numbers in C", { timeout: 60_000 }, async () => {
  const folder = await trained();
  const [data, small, c] = ["held.txt", "small.mjs", "net.c"].map((name) => join(folder, name));
  const options = ["--dtype", "int8", "--data", `${data}`];
  const [module, source] = [
    await recurra("compile", folder, ...options, "-o", `${small}`),
    await recurra("compile", folder, "--format", "c", ...options, "-o", `${c}`),
  ];
  expect([source.code, source.err]).toEqual([0, ""]);
  expect(lossIn(source.out, "int8")).toBe(lossIn(module.out, "int8"));
  expect(lossIn(source.out, "int8")).not.toBe(lossIn(source.out, "f32"));
});
