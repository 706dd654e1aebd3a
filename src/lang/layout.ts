// The shape of a file before its grammar. Makes a text of the same length in which comments and insignificant line
// ends are spaces, so every offset stays right. Checks brackets and strings, and divides the text into segments:
// statements, and the text before a `{`. One walk pairs brackets and one divides; there is no recursion.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Source, Span } from "../base/source.ts";
import * as messages from "./messages-syntax.ts";
import { tokens, type Token } from "./tokens.ts";

/** `open` is the text before a `{` (it may be empty); `close` is a `}`. A broken segment has already been reported. */
export interface Segment {
  readonly kind: "statement" | "open" | "close";
  readonly start: number;
  readonly end: number;
  readonly isBroken: boolean;
}

export interface Layout {
  readonly text: string;
  readonly segments: readonly Segment[];
  /** The offsets of each `{` that no `}` closes. */
  readonly openBraces: ReadonlySet<number>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Half of what the parser can take on Node's own stack of 984 kB before V8 has compiled it, for each kind of bracket. */
export const deepestBracket = 32;

interface Bracket {
  readonly char: string;
  readonly offset: number;
}

/** The result of pairing brackets: those without a partner, and the errors, each at the statement that it breaks. */
interface Pairing {
  readonly unpaired: Set<number>;
  readonly openBraces: Set<number>;
  /** Errors of `( ) [ ]`, which break their statement. */
  readonly broken: Map<number, () => Diagnostic>;
  /** Errors of braces. */
  readonly diagnostics: Diagnostic[];
}

export function layOut(source: Source): Layout {
  const pairing = pairBrackets(source);
  const division: Division = { segments: [], blanks: [], diagnostics: [] };
  const divider = new Divider(source, pairing, division);
  for (const token of tokens(source.text)) divider.read(token);
  divider.endSegment("statement", source.text.length);
  return {
    text: blank(source.text, division.blanks),
    segments: division.segments,
    openBraces: pairing.openBraces,
    diagnostics: [...pairing.diagnostics, ...division.diagnostics],
  };
}

const partner: ReadonlyMap<string, string> = new Map([
  [")", "("],
  ["]", "["],
  ["}", "{"],
]);

function pairBrackets(source: Source): Pairing {
  const pairing: Pairing = { unpaired: new Set(), openBraces: new Set(), broken: new Map(), diagnostics: [] };
  const stack: Bracket[] = [];
  let braces = 0;
  for (const { text, start } of tokens(source.text)) {
    if (text === "(" || text === "[" || text === "{") {
      stack.push({ char: text, offset: start });
      if (text === "{") braces++;
    } else if (text === "}") {
      closeBrace(source, start, stack, braces > 0, pairing);
      if (braces > 0) braces--;
    } else if (text === ")" || text === "]") {
      closeBracket(source, { char: text, offset: start }, stack, pairing);
    }
  }
  for (const open of stack) reportUnclosed(source, open, pairing);
  return pairing;
}

/** A `}` also closes the brackets that are open inside its block. */
function closeBrace(source: Source, offset: number, stack: Bracket[], isOpen: boolean, pairing: Pairing): void {
  if (!isOpen) {
    pairing.unpaired.add(offset);
    pairing.diagnostics.push(messages.strayBracket("}", spanOf(source, offset)));
    return;
  }
  for (let top = stack.pop(); top !== undefined && top.char !== "{"; top = stack.pop())
    reportUnclosed(source, top, pairing);
}

function closeBracket(source: Source, close: Bracket, stack: Bracket[], pairing: Pairing): void {
  const closer = partner.get(close.char);
  const top = stack.at(-1);
  if (top === undefined || top.char === "{") {
    pairing.unpaired.add(close.offset);
    pairing.broken.set(close.offset, () => messages.strayBracket(close.char, spanOf(source, close.offset)));
    return;
  }
  stack.pop();
  if (top.char === closer) return;
  if (stack.at(-1)?.char === closer) {
    stack.pop();
    reportUnclosed(source, top, pairing);
    return;
  }
  pairing.broken.set(top.offset, () => {
    const open = spanOf(source, top.offset);
    return messages.mismatchedBracket(top.char, open, close.char, spanOf(source, close.offset));
  });
}

function reportUnclosed(source: Source, open: Bracket, pairing: Pairing): void {
  pairing.unpaired.add(open.offset);
  const diagnostic = (): Diagnostic => messages.unclosedBracket(open.char, spanOf(source, open.offset));
  if (open.char !== "{") pairing.broken.set(open.offset, diagnostic);
  else if (pairing.openBraces.size === 0) pairing.diagnostics.push(diagnostic());
  if (open.char === "{") pairing.openBraces.add(open.offset);
}

interface Division {
  readonly segments: Segment[];
  readonly blanks: Span[];
  readonly diagnostics: Diagnostic[];
}

/** Walks over the tokens with the segment that is being read, its open brackets, and the line ends not yet decided. */
class Divider {
  readonly #source: Source;
  readonly #pairing: Pairing;
  readonly #division: Division;
  #first: Token | undefined;
  #last: Token | undefined;
  #problem: Diagnostic | undefined;
  #lineEnds: Token[] = [];
  #depth = 0;
  /** Whether it is `freeze e.*` or the like, where a `*` at the end of the line is not a product. */
  #isOfWeights = false;

  constructor(source: Source, pairing: Pairing, division: Division) {
    this.#source = source;
    this.#pairing = pairing;
    this.#division = division;
  }

  read(token: Token): void {
    if (token.text.startsWith("#")) this.#erase(token);
    else if (token.text === "\n") this.#readLineEnd(token);
    else this.#readCode(token);
  }

  endSegment(kind: Segment["kind"], at: number): void {
    const isEmpty = this.#first === undefined && kind === "statement";
    if (this.#problem !== undefined) this.#division.diagnostics.push(this.#problem);
    if (!isEmpty) {
      const start = this.#first?.start ?? at;
      const end = this.#last?.end ?? at;
      this.#division.segments.push({ kind, start, end, isBroken: this.#problem !== undefined });
    }
    this.#first = undefined;
    this.#last = undefined;
    this.#problem = undefined;
    this.#lineEnds = [];
    this.#depth = 0;
  }

  #readLineEnd(token: Token): void {
    const isOver = this.#last === undefined || (this.#isOfWeights && this.#last.text.endsWith("*"));
    if (this.#depth > 0 || (!isOver && continuesAfter(this.#last?.text ?? ""))) this.#erase(token);
    else if (this.#last !== undefined) this.#lineEnds.push(token);
  }

  #readCode(token: Token): void {
    if (this.#lineEnds.length > 0) this.#decideLineEnds(token);
    if (this.#depth === 0 && !this.#isIndex(token) && this.#readStructure(token)) return;
    if (this.#first === undefined) this.#isOfWeights = /^(freeze|scale|decay)$/.test(token.text);
    else if (token.text.startsWith("=")) this.#isOfWeights = false;
    this.#first ??= token;
    this.#last = token;
    this.#problem ??= this.#pairing.broken.get(token.start)?.();
    if (token.text.startsWith('"') && (token.text.length === 1 || !token.text.endsWith('"'))) {
      this.#problem ??= messages.unclosedString(span(this.#source, token));
    }
    if (!this.#pairing.unpaired.has(token.start)) this.#count(token);
  }

  #decideLineEnds(token: Token): void {
    if (!continuesBefore(token.text)) return this.endSegment("statement", token.start);
    for (const lineEnd of this.#lineEnds) this.#erase(lineEnd);
    this.#lineEnds = [];
  }

  /** `h_{t-1}`, as in LaTeX: a part of its statement, not a block. */
  #isIndex({ text, start }: Token): boolean {
    const isHeader = this.#first?.text === "cell" || this.#first?.text === "model";
    return text === "{" && !isHeader && this.#last?.end === start && this.#last.text.endsWith("_");
  }

  /** Braces and `;` outside brackets. */
  #readStructure(token: Token): boolean {
    if (token.text === ";") this.endSegment("statement", token.start);
    else if (token.text === "{") this.endSegment("open", token.start);
    else if (token.text === "}") {
      this.endSegment("statement", token.start);
      if (!this.#pairing.unpaired.has(token.start)) this.endSegment("close", token.end);
    } else return false;
    return true;
  }

  #count(token: Token): void {
    if (token.text === "(" || token.text === "[" || token.text === "{") this.#depth++;
    else if (partner.has(token.text)) this.#depth--;
    if (this.#depth > deepestBracket) this.#problem ??= messages.deepNesting(deepestBracket, span(this.#source, token));
  }

  #erase(token: Token): void {
    this.#division.blanks.push(span(this.#source, token));
  }
}

/** A line that ends like this goes on in the next one. */
function continuesAfter(text: string): boolean {
  return /[-+*/⊙@·^<>=~,]$/u.test(text);
}

/** A line that begins like this belongs to the one before. */
function continuesBefore(text: string): boolean {
  return /^([-+*/⊙@·^<>{]|==|\|>)/u.test(text);
}

function spanOf(source: Source, offset: number): Span {
  return { source, start: offset, end: offset + 1 };
}

function span(source: Source, token: Token): Span {
  return { source, start: token.start, end: token.end };
}

/** The text with these ranges as spaces. Every other blank except a line end becomes a plain space too. */
function blank(text: string, stretches: readonly Span[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end } of [...stretches].sort((a, b) => a.start - b.start)) {
    parts.push(text.slice(done, start), " ".repeat(end - start));
    done = end;
  }
  parts.push(text.slice(done));
  return parts.join("").replace(/[^\S\n]/gu, " ");
}
