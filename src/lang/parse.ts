// From source text to the abstract syntax, with every syntax error of the file. Never throws because of the text.
// `layout.ts` divides the file, the grammar matches one statement at a time, and the actions (`actions.ts`) build its nodes.
// So a wrong statement does not affect the others, and time is linear in the file.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Source, Span } from "../base/source.ts";
import { expressionOf, type Operations } from "./actions-expression.ts";
import { advice } from "./advice.ts";
import { headerOf, semanticsFor, settingOf, statementOf, useOf, type Header } from "./actions.ts";
import type { Definition, Expression, Setting, SpecFile, Statement, Use } from "./ast.ts";
import { firstOf } from "./error.ts";
import { grammar } from "./grammar.generated.ts";
import { layOut, type Segment } from "./layout.ts";
import * as messages from "./messages-syntax.ts";

export interface Parsed {
  readonly file: SpecFile;
  readonly diagnostics: readonly Diagnostic[];
}

export const mostDiagnostics = 20;
/** In one statement, so that no walk over its tree runs out of stack. */
export const mostOperators = 1000;

export function parse(source: Source): Parsed {
  const layout = layOut(source);
  const diagnostics = [...layout.diagnostics];
  const builder = new FileBuilder(statementReader(source, layout.text, diagnostics), layout.openBraces, diagnostics);
  for (const segment of layout.segments) {
    if (diagnostics.length > mostDiagnostics) break;
    builder.add(segment);
  }
  const file = builder.finish(source);
  if (file.definitions.length === 0 && file.uses.length === 0 && diagnostics.length === 0)
    diagnostics.push(messages.emptyFile(source));
  diagnostics.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  return { file, diagnostics: firstOf(mostDiagnostics, diagnostics) };
}

/** One expression by itself. `name` stands for its file in messages. */
export function parseExpression(
  text: string,
  name = "<expression>",
): {
  readonly expression: Expression | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const source = { name, text };
  const layout = layOut(source);
  const diagnostics = [...layout.diagnostics];
  const read = statementReader(source, layout.text, diagnostics);
  const whole: Segment = { kind: "statement", start: 0, end: text.length, isBroken: diagnostics.length > 0 };
  return { expression: read(whole, "Expression", expressionOf), diagnostics };
}

/** What a `{` opened; `skip` is a block that has been reported and is not read. */
type Frame =
  | {
      readonly kind: "definition";
      readonly span: Span;
      readonly header: Header | undefined;
      readonly body: Statement[];
    }
  | { readonly kind: "train"; readonly span: Span; readonly settings: Setting[] }
  | { readonly kind: "skip"; readonly span: Span };

/** Puts statements into their blocks, and blocks into the file. */
class FileBuilder {
  readonly #read: Read;
  readonly #openBraces: ReadonlySet<number>;
  readonly #diagnostics: Diagnostic[];
  readonly #frames: Frame[] = [];
  readonly #uses: Use[] = [];
  readonly #definitions: Definition[] = [];

  constructor(read: Read, openBraces: ReadonlySet<number>, diagnostics: Diagnostic[]) {
    this.#read = read;
    this.#openBraces = openBraces;
    this.#diagnostics = diagnostics;
  }

  add(segment: Segment): void {
    const frame = this.#frames.at(-1);
    if (segment.kind === "open") this.#frames.push(this.#open(segment, frame));
    else if (segment.kind === "close") this.#close(segment.end);
    else if (frame === undefined) this.#addOutside(segment);
    else if (frame.kind === "definition") push(frame.body, this.#read(segment, "Statement", statementOf));
    else if (frame.kind === "train") push(frame.settings, this.#read(segment, "Setting", settingOf));
  }

  finish(source: Source): SpecFile {
    while (this.#frames.length > 0) this.#close(source.text.length);
    return { source, uses: this.#uses, definitions: this.#definitions.sort((a, b) => a.span.start - b.span.start) };
  }

  #open(segment: Segment, outer: Frame | undefined): Frame {
    const span = this.#read.span(segment);
    if (outer?.kind === "skip") return { kind: "skip", span };
    const word = this.#read.firstWord(segment);
    if (word === "cell" || word === "model") {
      // If an earlier `}` is missing, that has been reported.
      if (outer !== undefined && this.#openBraces.size === 0) {
        this.#diagnostics.push(messages.nestedDefinition(word, span, outer.span));
      }
      return { kind: "definition", span, header: this.#read(segment, "Definition", headerOf), body: [] };
    }
    if (word === "train" && outer?.kind === "definition") {
      if (this.#read(segment, "Train", () => true) === true) return { kind: "train", span, settings: [] };
    } else if (outer === undefined && segment.end > segment.start) {
      this.#read(segment, "Definition", headerOf);
    } else if (!segment.isBroken) {
      this.#diagnostics.push(messages.unknownBlock(span, outer?.kind ?? "file", word));
    }
    return { kind: "skip", span };
  }

  #close(end: number): void {
    const frame = this.#frames.pop();
    if (frame === undefined || frame.kind === "skip") return;
    const span = { ...frame.span, end };
    const outer = this.#frames.at(-1);
    if (frame.kind === "definition") {
      if (frame.header !== undefined) this.#definitions.push({ ...frame.header, body: frame.body, span });
    } else if (outer?.kind === "definition") {
      outer.body.push({ kind: "train", settings: frame.settings, span });
    }
  }

  #addOutside(segment: Segment): void {
    if (segment.isBroken) return;
    const word = this.#read.firstWord(segment);
    if (word === "use") push(this.#uses, this.#read(segment, "Use", useOf));
    else if (word !== "cell" && word !== "model") {
      this.#diagnostics.push(messages.outsideDefinition(this.#read.span(segment), word));
    } else if (this.#read(segment, "Definition", headerOf) !== undefined) {
      this.#diagnostics.push(messages.missingBody(this.#read.span(segment)));
    }
  }
}

function push<T>(list: T[], item: T | undefined): void {
  if (item !== undefined) list.push(item);
}

/** Matches a segment against a rule and builds its node; undefined if that failed and was reported. */
interface Read {
  <T>(segment: Segment, rule: string, build: (node: Operations) => T): T | undefined;
  firstWord(segment: Segment): string;
  span(segment: Segment): Span;
}

function statementReader(source: Source, text: string, diagnostics: Diagnostic[]): Read {
  let base = 0;
  const semantics = semanticsFor({
    span: (first, last = first) => ({ source, start: base + first.source.startIdx, end: base + last.source.endIdx }),
    report: (diagnostic) => diagnostics.push(diagnostic),
  });
  const span = ({ start, end }: Segment): Span => ({ source, start, end: Math.max(end, start + 1) });
  const firstWord = ({ start, end }: Segment): string => /^[\p{L}_]*/u.exec(text.slice(start, end))?.[0] ?? "";
  const read = <T>(segment: Segment, rule: string, build: (node: Operations) => T): T | undefined => {
    if (segment.isBroken) return undefined;
    const statement = text.slice(segment.start, segment.end);
    base = segment.start;
    const tooLong = messages.tooLong(span(segment), mostOperators);
    if (countOperators(statement) > mostOperators) return void diagnostics.push(tooLong);
    try {
      const match = grammar.match(statement, rule);
      if (!match.failed()) return build(semantics(match));
      const position = base + match.getRightmostFailurePosition();
      const failure = { source, start: base, position, text: statement, expected: match.getExpectedText() };
      diagnostics.push(advice()?.syntaxError(failure) ?? messages.notReadable(source, position));
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      diagnostics.push(tooLong);
    }
    return undefined;
  };
  return Object.assign(read, { firstWord, span });
}

/** Everything that makes a tree deeper, except brackets, which `layout.ts` counts. */
function countOperators(statement: string): number {
  return statement.match(/[-+*/⊙@·^<>([]|==|\.(?=\s*\p{L})|\bseq\b/gu)?.length ?? 0;
}
