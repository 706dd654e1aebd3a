// The bytes of a module before its weights, and the runtime that is generated for it.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { INTERNAL_NAMES } from "../../scripts/internal-names.ts";
import { generateRuntime } from "../../scripts/generate-runtime.ts";
import { compile, type CompileOptions } from "../../src/index.ts";

test("the runtime is generated from its sources as they are", async () => {
  expect(readFileSync("src/module/runtime.generated.ts", "utf8")).toBe(await generateRuntime());
});

test("no name that the runtime shortens stands in the types of a module", async () => {
  const model = await compile(readFileSync("specs/models/charlm.rec", "utf8"), { sizes: { V: 65 } });
  const types = (await model.compile({ training: true })).find(({ name }) => name.endsWith(".d.mts"))?.content;
  model.dispose();
  // Names of the model's own inputs, results, states and weights stand in quotes.
  const names = [...String(types).matchAll(/\b(\w+)\??[:(](?! Iterable)/g)].map(([, name = ""]) => name);
  expect(names).toContain("carriesState");
  expect(names.filter((name) => INTERNAL_NAMES.includes(name))).toEqual([]);
});

/** Bytes of the module's text without the base64 of its weights. */
async function bytesBeforeWeights(file: string, options: CompileOptions, training = false): Promise<number> {
  const model = await compile(readFileSync(file, "utf8"), options);
  const [module] = await model.compile({ training });
  model.dispose();
  const text = String(module?.content ?? "");
  return text.replace(/^const weights = .*$/m, "").length;
}

describe("bytes before weights", () => {
  test.each([
    ["GRU(64)", "specs/cells/gru.rec", { cell: "GRU", set: { H: 64 }, sizes: { I: 8 } }, 20_000],
    ["CharLM", "specs/models/charlm.rec", { sizes: { V: 65 } }, 30_000],
  ] as const)("%s", async (_, file, options, most) => {
    expect(await bytesBeforeWeights(file, options)).toBeLessThanOrEqual(most);
  });

  test("CharLM that can train", async () => {
    expect(await bytesBeforeWeights("specs/models/charlm.rec", { sizes: { V: 65 } }, true)).toBeLessThanOrEqual(61_000);
  });
});
