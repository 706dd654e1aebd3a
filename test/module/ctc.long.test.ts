// Compiled modules and `by ctc`: `run` gives the labels of the likeliest path, a stream what the path names at each step, and a module trains
// as the library does.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { Model } from "../../src/module/runtime/model.ts";
import { compiled, numbers } from "../library/models.ts";
import { trainableModule } from "./training.ts";

const spec = (scores: string): string => `model M {
  input x: seq [3]
  target y: seq token[2]
  predict y from ${scores} by ctc
}
`;

async function moduleOf(scores: string): Promise<Model> {
  const model = await compiled(spec(scores), { target: "wasm", seed: 2 });
  const folder = mkdtempSync(join(tmpdir(), "recurra-labels-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [module] = await model.compile();
  writeFileSync(join(folder, "module.mjs"), module?.content ?? "");
  const { load } = await import(/* @vite-ignore */ pathToFileURL(join(folder, "module.mjs")).href);
  return load();
}

test("the labels of the likeliest path, by each example's own steps", async () => {
  const module = await moduleOf("x");
  const one = [0, 1, 0];
  const x = [
    [one, [0, 0, 1], [1, 0, 0]],
    [[0, 0, 1], one, one],
  ];
  const { y } = module.run({ x }, { lengths: { x: [3, 1] } });
  expect(y?.shape).toEqual([2, 2]);
  expect([...(y?.data ?? [])]).toEqual([1, 0, -1, -1]);
  expect([...(module.run({ x: x[1] ?? [] }).y?.data ?? [])]).toEqual([1]);
  const stream = module.start();
  expect((x[0] ?? []).map((step) => stream.step({ x: step }).y?.data[0])).toEqual([1, 2, 0]);
});

test("where steps are left out, by what is left of each example's", async () => {
  const scores = "pairs(x) @ concat(eye(3), 0 * eye(3), axis = 0)";
  const module = await moduleOf(scores);
  const model = await compiled(spec(scores), { target: "wasm", seed: 2 });
  const x = numbers("x", [3, 7, 3]);
  const lengths = { x: [7, 2, 5] };
  const { y } = await model.run({ x }, { lengths });
  expect(y?.shape[0]).toBe(3);
  expect(module.run({ x }, { lengths }).y).toEqual(y);
});

test("a module trains as the library does, bit by bit", async () => {
  const model = await compiled(spec("linear(x, out = 3)"), { target: "wasm", seed: 2 });
  const module = await trainableModule(model);
  const trainer = module.trainer();
  const own = await model.trainer();
  const given = { x: numbers("x", [2, 5, 3]), y: { shape: [2, 2], data: Int32Array.of(0, 1, 1, 1) } };
  for (let update = 0; update < 3; update++) expect(trainer.update(given).loss).toBe((await own.update(given)).loss);
});
