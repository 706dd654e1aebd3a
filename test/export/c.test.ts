// The text of generated C: the same for the same request, ASCII only, with names and comments that nothing of a spec can break out of.
// That it compiles and computes the right numbers is tested with gcc, in c.long.test.ts.
import { describe, expect, test } from "vitest";
import { floatText } from "../../src/codegen/c/numbers.ts";
import { stringLiteral, commentText } from "../../src/export/c/text.ts";
import { asInt8Rows, fromInt8Rows } from "../../src/export/int8.ts";
import { uniformAt } from "../../src/base/random.ts";
import { compiled } from "../library/models.ts";
import { blocksIn } from "../support/pages.ts";

const GREEK = `cell int(H) {
  input σ
  state δ: [H]
  δ = tanh(linear(σ, δ[t-1]))
}`;

async function textsOf(source: string, options: Parameters<typeof compiled>[1], weightType: "f32" | "int8" = "f32") {
  const model = await compiled(source, options);
  const files = await model.compile({ format: "c", name: "net", weightType });
  return files.map(({ content }) => String(content));
}

describe("generated C", () => {
  test.each(["f32", "int8"] as const)("%s: the same request gives the same text", async (weightType) => {
    const options = { set: { H: 5 }, sizes: { I: 3 } };
    const first = await textsOf('use LSTM from "cells"', options, weightType);
    expect(await textsOf('use LSTM from "cells"', options, weightType)).toEqual(first);
  });

  test("it is ASCII, whatever the names and symbols are", async () => {
    const [source = "", header = ""] = await textsOf(GREEK, { set: { H: 2 }, sizes: { I: 2 }, name: "*/ σ.rec" });
    for (const text of [source, header]) expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(source.split("\n")[0]).toMatch(/^\/\* cell int of \* \/ U\+03C3\.rec, Recurra .*\. \*\/$/);
    expect(header).toContain("void net_step(net_state *s, const float *sigma, float *output);");
    expect(header).toContain("  float delta[2]; /* The state U+03B4 */");
  });

  test("the symbols of a vocabulary are a table of escaped strings", async () => {
    const options = { set: { E: 2, H: 2 }, texts: { V: 'a"?\\\nσ' } };
    const [source = "", header = ""] = await textsOf('use CharLM from "models"', options);
    expect(header).toContain("extern const char *const net_symbols[7];");
    const symbols = ['"\\012"', '"\\""', '"\\?"', '"\\\\"', '"a"', '"\\317\\203"', '"<unk>"'];
    expect(source).toContain(`net_symbols[7] = {\n${symbols.map((each) => `  ${each},\n`).join("")}};`);
    expect(header).toContain("void net_step(net_state *s, int32_t text, float *text_logits);");
  });

  test.each([
    ["Classify", "`bidirectional(LSTM(H))(embed(words, E))` (specs/models/classify.rec:7:7) runs from right to left"],
    ["Tag", "runs from right to left"],
  ])("%s is refused, with the reason and what to take instead", async (name, reason) => {
    const model = await compiled(`use ${name} from "models"`, {
      sizes: { V: 5, ...(name === "Tag" ? { K: 3 } : { C: 3 }) },
    });
    const problem: unknown = await model.compile({ format: "c" }).catch((error: unknown) => error);
    expect(String(problem)).toContain(`\`${name}\` cannot be compiled to C, which goes step by step`);
    expect(String(problem)).toContain(reason);
    expect(String(problem)).toMatch(/The formats `module` and `onnx` read whole sequences$/);
  });

  test("a memory without a length is refused, with the size to give", async () => {
    const model = await compiled('use AttentionDecoder from "cells"', { set: { H: 3 }, sizes: { K: 2, I: 2 } });
    await expect(model.compile({ format: "c" })).rejects.toThrow(
      '`AttentionDecoder` cannot be compiled to C: the size S of `memory` is not known, and C has no lengths that change. Give it: `--set S=12`, or in a program `sizes: { "S": 12 }`',
    );
  });

  test("the struct's size is in the header and in the note for the command", async () => {
    const model = await compiled('use GRU from "cells"', { set: { H: 64 }, sizes: { I: 8 } });
    const [source, header] = await model.compile({ format: "c", name: "gru" });
    const [, bytes = ""] = /gru_state: (\d+) bytes/.exec(String(header?.content)) ?? [];
    expect(Number(bytes)).toBeGreaterThan(64 * 4);
    expect(Number(bytes)).toBeLessThan(4096);
    expect(source?.note).toBe(`gru_state takes ${bytes} bytes of memory, and constants take 56320 bytes`);
  });
});

test("docs/export-c.md shows the header that its command writes", async () => {
  const blocks = blocksIn("docs/export-c.md");
  const [, header = ""] = await textsOf('use GRU from "cells"', { set: { H: 16 }, sizes: { I: 3 } });
  const shown = blocks.find(({ text }) => text.includes("typedef struct"))?.text ?? expect.fail("no header is shown");
  expect(header.replaceAll("net_", "gru_")).toContain(shown);
});

describe("numbers", () => {
  test("a float32 is read back with the same bits", () => {
    const drawn = Array.from({ length: 2000 }, (_, index) =>
      Math.fround((uniformAt(1, "float", index) - 0.5) * 2 ** (80 * (uniformAt(1, "power", index) - 0.5))),
    );
    for (const value of [...drawn, 0, 1, 0.1, 1e-45, 3.4028234663852886e38, 16777217].map(Math.fround))
      expect(Math.fround(Number(floatText(value).replace(/[()f]/g, "")))).toBe(value);
    expect([-0, NaN, Infinity, -Infinity].map(floatText)).toEqual(["(-0.0f)", "NAN", "INFINITY", "(-INFINITY)"]);
  });

  test("int8 differs by half of a row's scale at most", () => {
    const shape = [40, 25];
    const data = Float32Array.from({ length: 1000 }, (_, index) => (uniformAt(2, "int8", index) - 0.5) * (index % 7));
    const rows = asInt8Rows({ dtype: "float", shape, data });
    const back = fromInt8Rows(rows).data;
    data.forEach((value, index) => {
      const scale = rows.scales[Math.floor(index / 25)] ?? 0;
      expect(Math.abs((back[index] ?? NaN) - value)).toBeLessThanOrEqual(scale * 0.5001);
    });
    expect(asInt8Rows({ dtype: "float", shape: [1, 2], data: Float32Array.of(0, 0) }).values).toEqual(
      Int8Array.of(0, 0),
    );
  });
});

test("texts cannot leave their comment or string", () => {
  expect(commentText("a */ int x; /* \n b")).toBe("a * / int x; / *   b");
  expect(stringLiteral('\u0000"\\??/1')).toBe('"\\000\\"\\\\\\?\\?/1"');
});
