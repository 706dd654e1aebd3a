// Errors of statements that the grammar refuses: what ohm-js expected and what was found, in the terms of a writer of specs.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Source, Span } from "../../base/source.ts";
import { error } from "../error.ts";
import { nearest } from "../nearest.ts";
import { meantInstead } from "./syntax-meant.ts";

/** The place where the grammar stopped in a statement, and what it expected there. */
export interface Failure {
  readonly source: Source;
  /** Offsets in the source: of the statement, and of the place. */
  readonly start: number;
  readonly position: number;
  /** The statement, without comments and line ends. */
  readonly text: string;
  /** Terminals in double quotes and descriptions, as ohm-js lists them. */
  readonly expected: string;
}

export function syntaxError(failure: Failure): Diagnostic {
  const meant = meantInstead(failure.text, failure.position - failure.start);
  if (meant === undefined) return refused(failure);
  const { start, end, title, help } = meant;
  const told = refused(failure);
  if (title === undefined) return told.help?.startsWith("did you mean") === true ? told : { ...told, help };
  const { source } = failure;
  const span =
    start === undefined || end === undefined
      ? (told.span ?? { source, start: failure.position, end: failure.position + 1 })
      : { source, start: failure.start + start, end: failure.start + end };
  return error(told.code, title, span, { help });
}

/** The error of the grammar. */
function refused(failure: Failure): Diagnostic {
  const offset = failure.position - failure.start;
  const start = wordStart(failure.text, offset);
  if (start < offset) return misspelt(failure, start);
  const found = tokenAt(failure.text, offset);
  const previous = tokenBefore(failure.text, offset);
  const span = { source: failure.source, start: failure.position, end: failure.position + Math.max(1, found.length) };
  if (found !== "" && !/^[\p{L}\d_()[\]{}":;,.+\-*/⊙@·^<>=~?|]/u.test(found)) return unexpectedCharacter(found, span);
  if (isChain(failure, offset, found)) return comparisonChain(span);
  const missing = missingAt(failure.expected, previous);
  if (missing !== undefined) return expected(missing, previous, found, failure, span);
  return unexpected(previous, found, span);
}

/** The offset, or the beginning of its word if a keyword matched only the first letters of the word. */
function wordStart(text: string, offset: number): number {
  if (!/[\p{L}\p{N}_]/u.test(text.charAt(offset))) return offset;
  const begun = /\p{L}[\p{L}\p{N}_]*$/u.exec(text.slice(Math.max(0, offset - 80), offset));
  return offset - (begun?.[0].length ?? 0);
}

function misspelt(failure: Failure, offset: number): Diagnostic {
  const word = tokenAt(failure.text, offset);
  const start = failure.start + offset;
  const close = nearest(word, [...statementWords, ...innerWords]);
  const span = { source: failure.source, start, end: start + word.length };
  const help = close === undefined ? undefined : `did you mean \`${close}\`?`;
  return error("unexpected", unexpectedTitle(tokenBefore(failure.text, offset), word), span, { help });
}

const lookAlikes: ReadonlyMap<string, string> = new Map([
  ..."−–—".split("").map((dash) => [dash, "-"] as const),
  ..."×∗⋅∙".split("").map((sign) => [sign, "*"] as const),
  ..."“”„«»'".split("").map((quote) => [quote, '"'] as const),
  ["÷", "/"],
  ["≤", "<="],
  ["≥", ">="],
]);

function unexpectedCharacter(character: string, span: Span): Diagnostic {
  const meant = lookAlikes.get(character);
  return error("unexpected-character", `unexpected character \`${character}\``, span, {
    help: meant === undefined ? undefined : `write \`${meant}\``,
  });
}

function isChain(failure: Failure, offset: number, found: string): boolean {
  const isComparison = /^([<>]=?|==)$/.test(found);
  return (
    isComparison &&
    !failure.expected.includes('"<"') &&
    /[<>]|==/.test(failure.text.slice(0, offset).replaceAll("|>", ""))
  );
}

function comparisonChain(span: Span): Diagnostic {
  return error("comparison-chain", "comparisons do not chain", span, {
    help: "write `a < b < c` as `(a < b) * (b < c)`",
  });
}

function expected(missing: string, previous: string, found: string, failure: Failure, span: Span): Diagnostic {
  const after = previous === "" ? "" : ` after \`${previous}\``;
  return error("expected", `expected ${missing}${after}`, span, {
    label: found === "" ? "the statement ends here" : `found \`${found}\``,
    help: meantKeyword(failure),
  });
}

function unexpectedTitle(previous: string, found: string): string {
  const title = found === "" ? "the statement ends too early" : `unexpected \`${found}\``;
  return previous === "" ? title : `${title} after \`${previous}\``;
}

function unexpected(previous: string, found: string, span: Span): Diagnostic {
  const areOperands = /^[\p{L}\d(]/u.test(found) && /[\p{L}\d)\]]$/u.test(previous);
  const isFunction = /^\p{L}{2}/u.test(previous) && /^[\p{L}\d]/u.test(found);
  const help = !areOperands
    ? undefined
    : isFunction
      ? `to multiply, write \`*\` between them; a function takes parentheses: \`${previous}(${found})\``
      : "to multiply, write `*` between them";
  return error("unexpected", unexpectedTitle(previous, found), span, { help });
}

/** `stat h: [H]`: the first word is nearly a keyword. */
function meantKeyword(failure: Failure): string | undefined {
  const word = /^[\p{L}_]+(?=\s+[\p{L}_])/u.exec(failure.text)?.[0];
  if (word === undefined) return undefined;
  const keywords = /"=" or|, "="/.test(failure.expected)
    ? statementWords
    : [...failure.expected.matchAll(/"([a-z]+)"/g)].map((match) => match[1] ?? "");
  const close = nearest(word, keywords);
  return close === undefined ? undefined : `did you mean \`${close}\`?`;
}

const statementWords = "input target memory state param const output predict minimize use cell model train".split(" ");
const innerWords =
  "from by weight reduce seq token char word label frozen scaled optimizer schedule clip truncate freeze scale decay lr for batch epochs seed".split(
    " ",
  );

/** Words that may follow what is complete, so none of them is missing. */
const OPTIONAL: readonly string[] = ["by", "weight", "reduce", "frozen", "scaled"];

/** What is missing, as a reader would call it; undefined if an expression is already complete. */
function missingAt(expectedText: string, previous: string): string | undefined {
  const terminals = [...expectedText.matchAll(/"((?:\\.|[^"\\])+)"/g)].map((match) => match[1] ?? "");
  const has = (text: string): boolean => terminals.includes(text);
  if (expectedText.includes("a number")) return has("?") ? "a size" : "an expression";
  if (has("seq")) return "a type";
  if (expectedText.includes("a name")) return previous === "" ? "a statement" : "a name";
  if (expectedText.includes("a string")) return "a path in double quotes";
  if (has("optimizer"))
    return "a setting: optimizer, schedule, clip, truncate, freeze, scale, decay, batch, epochs or seed";
  const rest = terminals.filter((text) => /^([a-z]+|=|:)$/.test(text) && !OPTIONAL.includes(text));
  if (rest.length === 0 || rest.length > 2 || has("+")) return has("from") ? "`from`" : undefined;
  if (has(":")) return "`:` and a type";
  const quoted = rest.map((text) => `\`${text}\``);
  return quoted.sort().join(" or ");
}

/** The token that begins at or after an offset. */
function tokenAt(text: string, offset: number): string {
  const token = /^\s*([\p{L}_][\p{L}\p{N}_]*|\d[\d.]*|"[^"]*"|\|>|[<>=]=|[^\s])/u.exec(text.slice(offset, offset + 80));
  return token?.[1] ?? "";
}

function tokenBefore(text: string, offset: number): string {
  const near = text.slice(Math.max(0, offset - 80), offset).trimEnd();
  return /([\p{L}_][\p{L}\p{N}_]*|\d[\d.]*|"[^"]*"|\|>|[<>=]=|[^\s])$/u.exec(near)?.[0] ?? "";
}
