// `recurra fmt`: one layout for every spec file, whose comments stay, whose meaning stays, and which another round does not change.
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical } from "../../src/lang/canonical.ts";
import { parse } from "../../src/lang/parse.ts";
import { recurra, ROOT, temporaryFolder } from "../support/command.ts";

function formatted(text: string): string {
  return canonical({ name: "test.rec", text }).text ?? expect.fail(text);
}

function bare(text: string): unknown {
  const { file, diagnostics } = parse({ name: "test.rec", text });
  expect(diagnostics).toEqual([]);
  return JSON.parse(JSON.stringify(file, (key, value) => (key === "span" || key === "source" ? undefined : value)));
}

function commentsIn(text: string): readonly string[] {
  return [...text.matchAll(/#.*/g)].map(([comment]) => comment.trimEnd()).sort();
}

const files = ["specs", "test/cells"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".rec"))
    .map((name) => `${folder}/${name}`),
);

describe("every spec file", () => {
  test.each(files)("%s: the same tree, the same comments, and no change by another round", (file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    const once = formatted(text);
    expect(bare(once)).toEqual(bare(text));
    expect(commentsIn(once)).toEqual(commentsIn(text));
    expect(formatted(once)).toBe(once);
  });
});

const CANONICAL = `# Cells of a test.
use GRU, LSTM from "cells"   # two

# A cell.
cell A(H, dt = 1.0) {   # opens
  # What goes in.
  input x
  state h: [H]

  f = sigmoid(linear(x, h[t-1], bias = 1))   # forget
  i = sigmoid(linear(x, h[t-1]))             # write
  # The state.
  h = f * h[t-1] + i * tanh(linear(x)) * (1 - dt)
  # The end of A.
}   # closes

model M {
  input text: seq char[V]
  predict text[t+1] from linear(embed(text, 8) |> A(4), out = V)

  train {
    optimizer adam(lr = 1e-3)
    clip norm 5   # the whole gradient
  }
}
# The end.
`.replace("}\n# The end.", "}\n\n# The end.");

/** The same file as others would write it. */
const LAYOUTS: readonly (readonly [string, (text: string) => string])[] = [
  ["as it is", (text) => text],
  ["without indentation", (text) => text.replace(/^ +/gm, "")],
  ["with tabs", (text) => text.replace(/^( {2})+/gm, (spaces) => "\t".repeat(spaces.length / 2))],
  ["with the line ends of Windows", (text) => text.replace(/\n/g, "\r\n")],
  ["with many empty lines for each", (text) => text.replace(/\n\n/g, "\n \n\t\n\n")],
  ["with blanks at the ends of lines", (text) => text.replace(/$/gm, "  ")],
  ["with `{` on lines of their own", (text) => text.replace(/^( *)(cell|model|train)([^{\n]*) \{$/gm, "$1$2$3\n$1{")],
  ["with `;`", (text) => text.replace("  input x\n  state h", "  input x; state h")],
  ["with its comments close to the code", (text) => text.replace(/(\S) +#/g, "$1#")],
  ["with aligned equations", (text) => text.replace(/^ {2}([a-z]) = /gm, "  $1      =   ")],
  ["with lines joined by an operator", (text) => text.replace(" + i * tanh", "\n    + i *\n      tanh")],
  ["with lines joined by brackets", (text) => text.replaceAll("linear(x, h[t-1]", "linear(\n  x,\n  h[t - 1]")],
  ["with needless parentheses", (text) => text.replace("f * h[t-1] +", "((f) * (h[t-1])) +")],
  ["with ⊙ for *", (text) => text.replaceAll(" * ", " ⊙ ")],
  ["without empty lines around definitions", (text) => text.replace(/\}( {3}# closes)?\n\n/g, "}$1\n")],
];

describe("all layouts become the same", () => {
  test.each(LAYOUTS)("%s", (_, mutate) => expect(formatted(mutate(CANONICAL))).toBe(CANONICAL));

  test("there are ten and more, and each differs from the canonical one", () => {
    const changed = LAYOUTS.filter(([, mutate]) => mutate(CANONICAL) !== CANONICAL);
    expect(changed.length).toBe(LAYOUTS.length - 1);
    expect(changed.length).toBeGreaterThanOrEqual(10);
  });
});

describe("comments", () => {
  const around = (body: string): string => `cell A {\n  input x\n${body}}\n`;
  const table: readonly (readonly [string, string, string])[] = [
    [
      "within a statement move above it",
      "  y = x + # one\n    # two\n    x # three\n",
      "  # one\n  # two\n  y = x + x   # three\n",
    ],
    ["behind `;` stay with their statement", "  y = x; # one\n", "  y = x   # one\n"],
    ["a `#` in a string is none", '  y = einsum("#", x)\n', '  y = einsum("#", x)\n'],
    ["on their own stay apart or together", "  y = x\n  # a\n\n  # b\n  z = x\n", "  y = x\n  # a\n\n  # b\n  z = x\n"],
    ["alone in a block stay in it", "  train { # a\n # b\n } # c\n", "  train {   # a\n    # b\n  }   # c\n"],
  ];
  test.each(table)("%s", (_, body, expected) => expect(formatted(around(body))).toBe(around(expected)));

  test("between `cell` and `{` move to an allowed place", () => {
    expect(formatted("cell A # one\n{ # two\n  input x # three\n}")).toBe(
      "# one\ncell A {    # two\n  input x   # three\n}\n",
    );
  });
});

describe("a long equation", () => {
  const cell = (body: string): string => `cell A {\n  input x\n${body}  output y\n}\n`;
  const long = "linear(some_quite_long_name_of_a_value)";
  const table: readonly (readonly [string, string, string])[] = [
    ["breaks before its sums", `y = ${long} + ${long} - ${long}`, `  y = ${long}\n    + ${long}\n    - ${long}\n`],
    ["before its products", `y = ${long} * (${long} + ${long})`, `  y = ${long}\n    * (${long} + ${long})\n`],
    [
      "before its pipes",
      `y = ${long} |> f(${long}) |> g(${long})`,
      `  y = ${long}\n    |> f(${long})\n    |> g(${long})\n`,
    ],
    [
      "between arguments",
      `y, z = f(${long}, g(${long}), out = ${long})`,
      `  y, z = f(\n    ${long},\n    g(${long}),\n    out = ${long}\n  )\n`,
    ],
    [
      "between arguments of one of its terms",
      `y = ${long} + f(${long}, ${long}, ${long})`,
      `  y = ${long}\n    + f(\n      ${long},\n      ${long},\n      ${long}\n    )\n`,
    ],
    ["stays where it fits", `y = ${long} + ${long}`, `  y = ${long} + ${long}\n`],
  ];
  test.each(table)("%s", (_, equation, expected) => {
    expect(formatted(cell(`  ${equation}   # why\n`))).toBe(cell(expected.replace(/\n$/, "   # why\n")));
  });
});

describe("any equation, however long", () => {
  const name = fc.constantFrom("a", "h[t-1]", "a_long_name_of_a_value", "1.5", "-b", "x.member_with_a_long_name");
  const { text: texts } = fc.letrec<{ text: string }>((tie) => ({
    text: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      name,
      fc
        .tuple(tie("text"), fc.constantFrom("+", "-", "*", "/", "@", "^", "<", "|>"), tie("text"))
        .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
      fc
        .array(tie("text"), { minLength: 1, maxLength: 4 })
        .map((list) => `function_name(${list.join(", ")}, named = (${list[0] ?? "a"}))`),
    ),
  }));

  test("has the same meaning after formatting, and a second round changes nothing", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const before = `cell A {\n  input x\n  y = ${text} # why\n}\n`;
        const once = formatted(before);
        expect(bare(once)).toEqual(bare(before));
        expect(formatted(once)).toBe(once);
        expect(commentsIn(once)).toEqual(["# why"]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("recurra fmt", () => {
  test("--check names what would change, changes nothing and ends with 1; fmt then changes it, and --check is content", async () => {
    const folder = temporaryFolder();
    const [tidy, untidy] = [join(folder, "tidy.rec"), join(folder, "untidy.rec")];
    const text = CANONICAL.replace(/^ +/gm, "");
    writeFileSync(tidy, CANONICAL);
    writeFileSync(untidy, text);
    chmodSync(untidy, 0o640);
    const link = join(folder, "link.rec");
    symlinkSync(untidy, link);
    const refused = await recurra("fmt", "--check", tidy, link);
    expect(refused).toEqual({ code: 1, out: `${link}\n1 of 2 files not in the layout of \`recurra fmt\`\n`, err: "" });
    expect(readFileSync(untidy, "utf8")).toBe(text);
    expect((await recurra("fmt", tidy, link)).out).toBe(`${link}: formatted\n1 of 2 files changed\n`);
    expect(readFileSync(untidy, "utf8")).toBe(CANONICAL);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(untidy).mode & 0o777).toBe(0o640);
    expect((await recurra("fmt", "--check", tidy, untidy)).code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["link.rec", "tidy.rec", "untidy.rec"]);
  });

  test("a file with a mistake is reported and not changed; the others are written", async () => {
    const folder = temporaryFolder();
    const [wrong, untidy] = [join(folder, "wrong.rec"), join(folder, "untidy.rec")];
    writeFileSync(wrong, "cell A {\ninput x\ny = (x\n}\n");
    writeFileSync(untidy, "cell A {\ninput x\n}\n");
    const { code, err } = await recurra("fmt", wrong, untidy);
    expect(code).toBe(1);
    expect(err).toContain(`${wrong}:3:5`);
    expect(readFileSync(wrong, "utf8")).toContain("\ny = (x\n");
    expect(readFileSync(untidy, "utf8")).toBe("cell A {\n  input x\n}\n");
  });
});
