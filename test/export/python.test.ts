// Python that is generated: how expressions and names are written, and two files as they are, which golden files hold.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { open } from "../../src/compile.ts";
import { exportJax } from "../../src/export/jax/export.ts";
import { exportPytorch } from "../../src/export/pytorch/export.ts";
import { atom, binary, call, method, negative, number } from "../../src/export/source/expression.ts";
import { flat, laidOut, WIDTH } from "../../src/export/python/layout.ts";
import { quoted } from "../../src/export/python/text.ts";
import { oneLine } from "../../src/export/source/one-line.ts";
import type { Exporter } from "../../src/export/request.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { shippedNamed } from "../support/specs.ts";
import { caseOf, HOSTILE } from "./python-cases.ts";

const isBlessing = process.env["BLESS"] === "1";
const [a, b, c] = [atom("a"), atom("b"), atom("c")];

describe("expressions have the parentheses that they need", () => {
  test.each([
    [binary("-", a, binary("-", b, c)), "a - (b - c)"],
    [binary("-", binary("-", a, b), c), "a - b - c"],
    [binary("*", binary("+", a, b), c), "(a + b) * c"],
    [binary("+", binary("*", a, b), c), "a * b + c"],
    [binary("*", binary("@", a, b), c), "(a @ b) * c"],
    [binary("&", binary("<", a, b), c), "(a < b) & c"],
    [binary("<", binary("<", a, b), c), "(a < b) < c"],
    [binary("**", negative(a), number(2)), "(-a) ** 2"],
    [negative(binary("**", a, number(2))), "-a**2"],
    [negative(binary("+", a, b)), "-(a + b)"],
    [method(binary("+", a, b), "sum"), "(a + b).sum()"],
    [method(number(1), "bit_length"), "(1).bit_length()"],
    [binary("/", number(-0.5), a), "-0.5 / a"],
  ])("%#: %s", (expression, text) => expect(flat(expression)).toBe(text));

  test("what is too long for a line is broken at its operators and arguments", () => {
    const long = Array.from({ length: 9 }, (_, place) => atom(`${"x".repeat(12)}${place}`)).reduce<typeof a>(
      (sum, each) => binary("+", sum, each),
      a,
    );
    const lines = laidOut("y = ", call("f", [long]), "    ");
    expect(lines.every((line) => line.length <= WIDTH)).toBe(true);
    expect(lines).toEqual([
      "    y = f(",
      "        a",
      ...Array.from({ length: 9 }, (_, place) => `        + ${"x".repeat(12)}${place}`),
      "    )",
    ]);
  });
});

describe("names of a spec cannot leave strings and comments", () => {
  test.each([
    ['a"b', '"a\\"b"'],
    ["a\\", '"a\\\\"'],
    ["a\nb", '"a\\u000ab"'],
    ["σ😀", '"\\u03c3\\U0001f600"'],
  ])("%j is %s", (text, literal) => expect(quoted(text)).toBe(literal));

  test("a comment has one line, without control characters, docstring ends and marks that reorder text", () => {
    expect(oneLine('a\nb\r\u2028"""\u202e\\c')).toBe("a b ' 'c");
  });
});

const FORMATS = [
  ["pytorch", exportPytorch],
  ["jax", exportJax],
] as const;

async function mainFile(exporter: Exporter, request: Parameters<Exporter>[0]): Promise<string> {
  const [main] = await exporter(request);
  return typeof main?.content === "string" ? main.content : expect.fail("no text");
}

describe.each(FORMATS)("%s", (format, exporter) => {
  test.each([
    ["LSTM", "lstm"],
    ["Translate", "translate"],
  ])("%s is written as its golden file", async (name, file) => {
    const { request } = caseOf(file, { definition: shippedNamed(name), layout: "rows", isShipped: false });
    const text = await mainFile(exporter, request);
    expect(await mainFile(exporter, request)).toBe(text);
    const golden = `test/golden/export/${format}-${file}.py`;
    if (isBlessing) {
      mkdirSync("test/golden/export", { recursive: true });
      writeFileSync(golden, text);
    }
    expect(existsSync(golden), golden).toBe(true);
    expect(text).toBe(readFileSync(golden, "utf8"));
  });

  test("keywords and names of the file's own are numbered", async () => {
    const scope = open({ name: "hostile.rec", text: HOSTILE }, loadFromDisk);
    const definition = scope.definitions.get("lambda") ?? expect.fail("no definition");
    const { request } = caseOf("torch", { definition, layout: "rows", isShipped: false });
    const files = await exporter(request);
    expect(files.map(({ name }) => name).slice(0, 2)).toEqual(["torch_2.py", "torch_2.safetensors"]);
    const text = await mainFile(exporter, request);
    expect(text).toMatch(/def lambda_\d\(w, class_2, torch_2, w_prev, params_prev, self_prev\):/);
    expect(text).toContain("import_2 = ");
    const defined = [...text.matchAll(/^(?:def|class) (\w+)/gm)].map(([, name]) => name);
    expect(new Set(defined).size).toBe(defined.length);
    expect(text.match(/"""/g)?.length ?? 1).toSatisfy((count: number) => count % 2 === 0);
  });
});
