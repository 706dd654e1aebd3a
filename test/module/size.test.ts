// The bytes of a module before its weights, and the runtime that is generated for it.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { generateRuntime } from "../../scripts/generate-runtime.ts";
import { compile, type CompileOptions } from "../../src/index.ts";

test("the runtime is generated from its sources as they are", async () => {
  expect(readFileSync("src/module/runtime.generated.ts", "utf8")).toBe(await generateRuntime());
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
    ["GRU(64)", "specs/cells/gru.rec", { cell: "GRU", set: { H: 64 }, sizes: { I: 8 } }, 23_000],
    ["CharLM", "specs/models/charlm.rec", { sizes: { V: 65 } }, 34_500],
  ] as const)("%s", async (_, file, options, most) => {
    expect(await bytesBeforeWeights(file, options)).toBeLessThanOrEqual(most);
  });

  test("CharLM that can train", async () => {
    expect(await bytesBeforeWeights("specs/models/charlm.rec", { sizes: { V: 65 } }, true)).toBeLessThanOrEqual(79_500);
  });
});
