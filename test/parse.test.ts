// The syntax: what parses, to what, how it is written back, and every message of a wrong file (test/golden/syntax).
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generateGrammar } from "../scripts/generate-grammar.ts";
import { renderDiagnostics } from "../src/base/render.ts";
import type { Expression, Identifier, SpecFile } from "../src/lang/ast.ts";
import { format } from "../src/lang/format.ts";
import { formatExpression } from "../src/lang/format-expression.ts";
import { deepestBracket, layOut } from "../src/lang/layout.ts";
import { mostOperators, parse, parseExpression } from "../src/lang/parse.ts";

const parseText = (text: string) => parse({ name: "test.rec", text });

/** The tree as plain data, without spans and source. */
function bare(tree: unknown): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value) => (key === "span" || key === "source" ? undefined : value)));
}

function cleanFile(text: string): SpecFile {
  const { file, diagnostics } = parseText(text);
  expect(renderDiagnostics(diagnostics, { color: false })).toBe("");
  return file;
}

/** The statements of a cell's body, as they are written back, without comments. */
function bodyOf(lines: string): string[] {
  const text = format(cleanFile(`cell A(H) {\n${lines}\n}`));
  return text
    .split("\n")
    .slice(1, -2)
    .map((line) => line.replace(/ {3}#.*$/, "").trim())
    .filter((line) => !line.startsWith("#"));
}

function codesOf(text: string): string[] {
  return parseText(text).diagnostics.map((diagnostic) => diagnostic.code);
}

function filesUnder(folder: string, extension: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(extension)).sort();
}

describe("specs", () => {
  it.each(filesUnder("specs", ".rec"))("%s parses, and what is written back is the same tree", (name) => {
    const file = cleanFile(readFileSync(`specs/${name}`, "utf8"));
    const text = format(file);
    expect(bare(cleanFile(text))).toEqual(bare(file));
    expect(format(cleanFile(text))).toBe(text);
  });
});

describe("precedence", () => {
  const table: readonly (readonly [string, string])[] = [
    ["a |> f |> g", "(a |> f) |> g"],
    ["a < b |> f", "(a < b) |> f"],
    ["a + b < c - d", "(a + b) < (c - d)"],
    ["a - b - c", "(a - b) - c"],
    ["a + b * c", "a + (b * c)"],
    ["a / b ⊙ c", "(a / b) * c"],
    ["a * b @ c", "a * (b @ c)"],
    ["a · b @ c", "(a @ b) @ c"],
    ["-a @ b", "(-a) @ b"],
    ["a @ -b", "a @ (-b)"],
    ["--a", "-(-a)"],
    ["-x^2", "-(x^2)"],
    ["2^-x", "2^(-x)"],
    ["2^-x^2", "2^(-(x^2))"],
    ["a^b^c", "a^(b^c)"],
    ["f(x)^2", "(f(x))^2"],
    ["-h.c[0]", "-((h.c)[0])"],
    ["f(a)(b).c[1:2]", "((((f(a))(b)).c)[1:2])"],
    ["a == b", "(a) == (b)"],
    ["σ(α_1)", "((σ)((α_1)))"],
  ];
  it.each(table)("%s is %s", (short, long) => {
    const read = parseExpression(short);
    expect(read.diagnostics).toEqual([]);
    expect(bare(read.expression)).toEqual(bare(parseExpression(long).expression));
  });
  it("only the needed parentheses are written", () => {
    for (const text of [
      "(a + b) * c",
      "a - (b - c)",
      "(a^b)^c",
      "(-x)^2",
      "-x^2",
      "a^-b^c",
      "(a |> f)(x)",
      "(a < b) < c",
    ]) {
      expect(formatExpression(parseExpression(`(${text})`).expression ?? expect.fail(text))).toBe(text);
    }
  });
});

describe("delays, slices and numbers", () => {
  const kindOf = (text: string): string => {
    const { expression, diagnostics } = parseExpression(text);
    return diagnostics[0]?.code ?? expression?.kind ?? "nothing";
  };
  const table: readonly (readonly [string, string])[] = [
    ["v[t]", "delay"],
    ["v[ t - 1 ]", "delay"],
    ["v[t+1]", "delay"],
    ["s.h[t-d]", "delay"],
    ["x[t-2*d]", "delay"],
    ["x[t-(d + 1)]", "delay"],
    ["x[t-d-1]", "delay-sum"],
    ["f(x)[t-1]", "delay-of-expression"],
    ["a[T-1]", "element"],
    ["a[(t-1)]", "element"],
    ["a[t*2]", "element"],
    ["a[t1]", "element"],
    ["a[3]", "element"],
    ["a[t-1][0:2]", "slice"],
    ["a[:H]", "slice"],
    ["a[2:]", "slice"],
    ["[m, n]", "list"],
    ["[]", "list"],
    ["1.5e-3", "number"],
    [".5", "number"],
    ["1.", "expected"],
    ['"hij,hj->hi"', "string"],
  ];
  it.each(table)("%s is: %s", (text, kind) => expect(kindOf(text)).toBe(kind));
});

describe("keywords are contextual", () => {
  it("`NAME =` and `NAME, NAME =` are equations whatever the name", () => {
    const lines = [
      "input = 1",
      "state, output = split(x, 2)",
      "predict = from + by * weight",
      "cell = use",
      "train = 2",
    ];
    expect(bodyOf(lines.join("\n"))).toEqual(lines);
  });
  it("they may be names in declarations and expressions", () => {
    const lines = ["input input, state", "y = step * step(x)", "state param: [H] = (param)", "output output"];
    expect(bodyOf(lines.join("\n"))).toEqual(lines);
  });
  it("a word that begins like a keyword is a name", () => {
    expect(bodyOf("inputs = 1\ntx = x[tx]\nstate_0 = t")).toEqual(["inputs = 1", "tx = x[tx]", "state_0 = t"]);
  });
  it("`predict` reads its suffixes in order", () => {
    const line = "predict from[t+1] from from by binary weight = 0.3";
    expect(bodyOf(line)).toEqual([line]);
  });
  it("only `t` is reserved", () => {
    expect(codesOf("cell A { t = 1 }")).toEqual(["reserved-name"]);
    expect(codesOf("cell A { input x, t }")).toEqual(["reserved-name"]);
  });
});

describe("statements", () => {
  it("every form is written back as it was", () => {
    const lines = [
      "input x, k",
      "input x: [2 * H, H / 4, ?]",
      "memory m: seq [K]",
      "target y: seq seq label[C]",
      "input k: token[?]",
      "state h, c: [H] = param ~ normal(0.1)",
      "state s: [] = param",
      "state z: [H] = ones",
      "param W: [H, H] ~ log(uniform(1, 99))",
      "const n = 2 * H",
      "predict y from h by binary",
      "minimize sum(h^2) weight = 0.1",
      "train {",
      "optimizer adam(lr = 0.002, beta1 = 0.9)",
      "optimizer sgd",
      "schedule cosine(warmup = 100)",
      "clip norm 5",
      "truncate k1 = 32, k2 = 64, each = 8",
      "batch 32",
      "epochs 5",
      "seed 1",
      "}",
    ];
    expect(bodyOf(lines.join("\n"))).toEqual(lines);
  });
  it("`= param` is a learned start, also without `~`", () => {
    const { file } = parseText("cell A { state h: [2] = param; state c: [2] = (param) }");
    const states = file.definitions[0]?.body ?? [];
    expect(bare(states)).toMatchObject([{ learned: { init: null }, initial: { name: "param" } }, { learned: null }]);
  });
  it("spans cover the text they stand for", () => {
    const text = "cell A {\n  y = f(a) + # first\n      (b + c)[0]\n}";
    const statement = cleanFile(text).definitions[0]?.body[0] ?? expect.fail("no statement");
    expect(text.slice(statement.span.start, statement.span.end)).toBe("y = f(a) + # first\n      (b + c)[0]");
    if (statement.kind !== "equation" || statement.value.kind !== "binary") return expect.fail("no sum");
    const { right } = statement.value;
    expect(text.slice(right.span.start, right.span.end)).toBe("(b + c)[0]");
  });
});

describe("layout", () => {
  const table: readonly (readonly [string, string, string[]])[] = [
    ["`;` and `}` end a statement", "a = 1; b = 2", ["a = 1", "b = 2"]],
    ["an open bracket joins lines", "a = f(\n x, # note (\n\n y = 1\n)\nb = [\n1\n]", ["a = f(x, y = 1)", "b = [1]"]],
    ["a binary operator at a line's end joins", "a = b + # note\n\n # more\n c", ["a = b + c"]],
    ["`=` and `,` at a line's end join", "a,\nb =\n c", ["a, b = c"]],
    [
      "a binary operator at a line's beginning joins",
      "a = b\n # note\n\n - c\nd = e\n == f",
      ["a = b - c", "d = e == f"],
    ],
    ["`|>` at a line's beginning joins", "a = b\n |> f\n |> g(1)", ["a = b |> f |> g(1)"]],
    ["`~` at a line's end joins", "param W: [H] ~\n zeros", ["param W: [H] ~ zeros"]],
    ["a `#` inside a string is no comment", 'a = f("#") # b', ['a = f("#")']],
    ["line ends of any kind", "a = 1\r\nb = 2\r\n", ["a = 1", "b = 2"]],
  ];
  it.each(table)("%s", (_title, lines, expected) => expect(bodyOf(lines)).toEqual(expected));

  it("`{` may stand on the next line, and a whole file on one", () => {
    expect(format(cleanFile("cell A\n{ input x; y = x }"))).toBe(format(cleanFile("cell A {\n input x\n y = x\n}\n")));
  });
  it("offsets stay true: any text keeps its length and its other characters", () => {
    const pieces = fc.array(
      fc.constantFrom("a", "σ", "𝛼", "#", "\n", "\r\n", "\t", "(", "]", "{", "}", ";", '"', "+", "|>", " "),
    );
    fc.assert(
      fc.property(pieces, (list) => {
        const text = list.join("");
        const layout = layOut({ name: "test", text }).text;
        expect(layout.length).toBe(text.length);
        for (let at = 0; at < text.length; at++) expect([" ", text[at]]).toContain(layout[at]);
      }),
    );
  });
  it("brackets nest as deep as the language says, and no deeper", () => {
    const nested = (depth: number, open: string, close: string) =>
      `cell A { y = ${open.repeat(depth)}x${close.repeat(depth)} }`;
    for (const [open, close] of [
      ["(", ")"],
      ["f(a = 1 + ", ")"],
      ["[", "]"],
      ["x[", "]"],
    ] as const) {
      expect(codesOf(nested(deepestBracket, open, close))).toEqual([]);
      expect(codesOf(nested(deepestBracket + 1, open, close))).toEqual(["deep-nesting"]);
      expect(codesOf(nested(10_000, open, close))).not.toEqual([]);
    }
  });
});

describe("any text", () => {
  it("gives a file and diagnostics, never an exception", () => {
    const words = `cell A { } ( ) [ t - 1 ] = == , ~ : ; input state seq |> predict from train clip " # $ . ^ use param é 𝛼 0.5e ?`;
    const text = fc.array(fc.constantFrom(...words.split(" "), "\n"), { maxLength: 60 }).map((list) => list.join(" "));
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (each) => void parseText(each)),
      { numRuns: 1000 },
    );
  });
  it("that is too long for the stack is a diagnostic", () => {
    for (const part of ["x + ", "-", "x^", "x.y"]) {
      expect(codesOf(`cell A { y = ${part.repeat(mostOperators + 1)}x }`)).toEqual(["too-long"]);
      expect(
        codesOf(`cell A { y = ${part.repeat(mostOperators - 10)}x }`).filter((code) => code !== "too-long"),
      ).toEqual([]);
    }
    expect(codesOf(`cell A { y = ${"x + ".repeat(mostOperators - 10)}x }`)).toEqual([]);
    expect(codesOf(`cell A { input y: ${"seq ".repeat(100_000)}[1] }`)).toEqual(["too-long"]);
  });
  it("of a million lines is read in linear time", { timeout: 30_000 }, () => {
    expect(codesOf("# note\n\n".repeat(500_000))).toEqual(["empty-file"]);
    expect(codesOf(`cell A {\n${"(\n".repeat(500_000)}}`)).toContain("unclosed-bracket");
  });
  it("with many errors gives twenty of them", () => {
    expect(codesOf(`cell A {\n${"y = +\n;".repeat(50)}}`)).toHaveLength(20);
  });
});

describe("messages (npm run bless rewrites them)", () => {
  it.each(filesUnder("test/golden/syntax", ".rec"))("%s", (name) => {
    const path = `test/golden/syntax/${name}`;
    const { diagnostics } = parse({ name, text: readFileSync(path, "utf8") });
    const rendered = `${renderDiagnostics(diagnostics, { color: false })}\n`;
    const golden = path.replace(/rec$/, "txt");
    if (process.env["BLESS"] === "1") writeFileSync(golden, rendered);
    expect(rendered).toBe(readFileSync(golden, "utf8"));
  });
});

const span = { source: { name: "none", text: "" }, start: 0, end: 0 };
const words = ["x", "h_1", "σ", "t", "state", "from", "param", "seq", "E2"] as const;
const identifiers: fc.Arbitrary<Identifier> = fc.constantFrom(...words).map((name) => ({ name, span }));
const operators = fc.constantFrom("+", "-", "*", "/", "@", "^", "<", "<=", ">", ">=", "==");

/** Only operators, several deep: where parentheses matter. */
function operations(self: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  const binary = (operand: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> =>
    fc.oneof(
      fc
        .tuple(operators, operand, operand)
        .map(([operator, left, right]): Expression => ({ kind: "binary", operator, left, right, span })),
      operand.map((value): Expression => ({ kind: "negate", operand: value, span })),
    );
  return binary(binary(self));
}

/** Every form of expression, over smaller ones. */
function compound(self: fc.Arbitrary<Expression>): readonly fc.Arbitrary<Expression>[] {
  const pair = fc.tuple(self, self);
  const bounds = fc.tuple(fc.option(self), fc.option(self));
  const byName = fc.uniqueArray(fc.tuple(identifiers, self), { maxLength: 2, selector: ([{ name }]) => name });
  const named = fc.tuple(fc.array(self, { maxLength: 2 }), byName);
  const member = fc
    .tuple(self, identifiers)
    .map(([object, name]): Expression => ({ kind: "member", object, member: name, span }));
  return [
    fc.array(self, { maxLength: 3 }).map((items): Expression => ({ kind: "list", items, span })),
    self.map((operand): Expression => ({ kind: "negate", operand, span })),
    fc
      .tuple(operators, pair)
      .map(([operator, [left, right]]): Expression => ({ kind: "binary", operator, left, right, span })),
    pair.map(([left, right]): Expression => ({ kind: "pipe", left, right, span })),
    member,
    fc.oneof(names, member).map((object): Expression => ({ kind: "delay", object, sign: null, steps: null, span })),
    fc
      .tuple(fc.oneof(names, member), fc.constantFrom("+", "-"), self)
      .map(([object, sign, steps]): Expression => ({ kind: "delay", object, sign, steps, span })),
    fc.tuple(self, bounds).map(([object, [from, to]]): Expression => ({ kind: "slice", object, from, to, span })),
    pair.map(([object, index]): Expression => ({ kind: "element", object, index, span })),
    fc.tuple(self, named).map(([callee, [first, rest]]): Expression => {
      const positional = first.map((value) => ({ name: null, value }));
      return {
        kind: "call",
        callee,
        arguments: [...positional, ...rest.map(([name, value]) => ({ name, value }))],
        span,
      };
    }),
  ];
}

const names = identifiers.map(({ name }): Expression => ({ kind: "name", name, span }));
const leaves = fc.oneof(
  names,
  fc
    .double({ min: 0, noNaN: true, noDefaultInfinity: true })
    .map((value): Expression => ({ kind: "number", value: value + 0, span })),
  fc.stringMatching(/^[ -!#-~]*$/).map((value): Expression => ({ kind: "string", value, span })),
);
const { expression: expressions } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaves,
    ...compound(tie("expression")),
    operations(tie("expression")),
  ),
}));

describe("writing and reading", () => {
  it("are inverse for every expression", () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        const { expression: read, diagnostics } = parseExpression(formatExpression(expression));
        expect(diagnostics).toEqual([]);
        expect(bare(read)).toEqual(bare(expression));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("generated files", () => {
  it("src/lang/grammar.generated.ts is current (npm run generate)", () => {
    expect(readFileSync("src/lang/grammar.generated.ts", "utf8")).toBe(generateGrammar());
  });
});
