// The TextMate grammar of editors/ reads every spec: each piece of text has a scope, and keywords and comments have theirs.
import { createRequire } from "node:module";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { ROOT } from "../support/command.ts";

const PATH = `${ROOT}editors/vscode/recurra.tmLanguage.json`;
const SPECS = ["specs", "test/cells", "test/published"].flatMap((folder) =>
  readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".rec"))
    .map((file) => `${folder}/${file}`),
);

async function loadGrammar(): Promise<textmate.IGrammar> {
  const wasm = readFileSync(createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm"));
  await oniguruma.loadWASM(wasm);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(PATH, "utf8"), PATH),
  });
  return (await registry.loadGrammar("source.recurra")) ?? expect.fail("no grammar");
}

const grammar = await loadGrammar();

interface Piece {
  readonly text: string;
  readonly scope: string;
}

/** The pieces of a text that are not blank, each with its innermost scope. */
function piecesOf(text: string): readonly Piece[] {
  let stack = textmate.INITIAL;
  return text.split("\n").flatMap((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    return tokens
      .map(({ startIndex, endIndex, scopes }) => ({
        text: line.slice(startIndex, endIndex).trim(),
        scope: scopes.at(-1) ?? "",
      }))
      .filter((piece) => piece.text !== "");
  });
}

test.each(SPECS)("%s: each piece has a scope, statements begin with keywords, comments are comments", (path) => {
  const text = readFileSync(`${ROOT}${path}`, "utf8");
  const pieces = piecesOf(text);
  expect(pieces.filter(({ scope }) => scope === "source.recurra")).toEqual([]);
  const scopes = (starts: RegExp): readonly string[] => {
    const found = [...text.matchAll(starts)].map(([, word = ""]) => word);
    return found.filter(
      (word) => !pieces.some((piece) => piece.text === word && /^(keyword|storage)/.test(piece.scope)),
    );
  };
  expect(
    scopes(/^\s*(use|cell|model|input|target|memory|state|param|const|output|predict|minimize)\b(?! *[=,])/gm),
  ).toEqual([]);
  const comments = pieces.filter(({ scope }) => scope.startsWith("comment")).map((piece) => piece.text);
  expect(comments).toEqual([...text.matchAll(/#.*$/gm)].map(([comment]) => comment.trim()));
});

test("a cell's line is split into the expected pieces", () => {
  expect(
    piecesOf("  h = tanh(linear(x, h[t-1], bias = 1.5e-1))  # new").map(({ text, scope }) => `${text} ${scope}`),
  ).toEqual(
    [
      "h variable.other",
      "= keyword.operator",
      "tanh entity.name.function",
      "( punctuation",
      "linear entity.name.function",
      "( punctuation",
      "x variable.other",
      ", punctuation",
      "h variable.other",
      "[ punctuation",
      "t variable.language.time",
      "- keyword.operator",
      "1 constant.numeric",
      "] punctuation",
      ", punctuation",
      "bias variable.other",
      "= keyword.operator",
      "1.5e-1 constant.numeric",
      ") punctuation",
      ") punctuation",
      "# new comment.line.number-sign",
    ].map((each) => `${each}.recurra`),
  );
});

test("text that is not in the language has no scope", () => {
  expect(piecesOf("h = $").at(-1)).toEqual({ text: "$", scope: "source.recurra" });
});
