// How diagnostics look in a terminal: a title, the place, source lines with carets, notes and help.
// A source of any length costs one pass over its text; a long line is shown only around its carets.
import type { Diagnostic } from "./diagnostic.ts";
import type { Source, Span } from "./source.ts";

export interface RenderOptions {
  readonly color: boolean;
}

const longestLine = 160;
const before = 60;
const after = 90;
const tabWidth = 2;

type Style = "red" | "yellow" | "blue" | "bold";
const codes: Record<Style, string> = {
  red: "\u001b[31;1m",
  yellow: "\u001b[33;1m",
  blue: "\u001b[34;1m",
  bold: "\u001b[1m",
};

/** A marked stretch of one line, in offsets from that line's start. */
interface Mark {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly primary: boolean;
}

export function renderDiagnostics(list: readonly Diagnostic[], options: RenderOptions): string {
  return list.map((diagnostic) => renderDiagnostic(diagnostic, options)).join("\n\n");
}

export function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions): string {
  const style: Style = diagnostic.severity === "error" ? "red" : "yellow";
  const head = paint(`${diagnostic.severity}[${diagnostic.code}]`, style, options);
  const lines = [`${head}${paint(`: ${diagnostic.title}`, "bold", options)}`];
  for (const [source, marks] of marksBySource(diagnostic)) {
    lines.push(...excerpt(source, marks, style, options));
  }
  for (const note of diagnostic.notes) lines.push(`${paint("note", "bold", options)}: ${note}`);
  if (diagnostic.help !== undefined) lines.push(`${paint("help", "bold", options)}: ${diagnostic.help}`);
  return lines.join("\n");
}

/** The primary mark comes first, so its source does too. */
function marksBySource(diagnostic: Diagnostic): Map<Source, Mark[]> {
  const found = new Map<Source, Mark[]>();
  const add = (span: Span, text: string, primary: boolean): void => {
    const marks = found.get(span.source) ?? [];
    marks.push(markOf(span, text, primary));
    found.set(span.source, marks);
  };
  if (diagnostic.span !== undefined) add(diagnostic.span, diagnostic.label ?? "", true);
  for (const label of diagnostic.labels) add(label.span, label.text, false);
  return found;
}

function excerpt(source: Source, marks: readonly Mark[], style: Style, options: RenderOptions): string[] {
  const first = marks[0];
  if (first === undefined) return [];
  const sorted = [...marks].sort((a, b) => a.line - b.line || a.start - b.start);
  const gutter = Math.max(2, ...sorted.map((mark) => String(mark.line + 1).length + 1));
  const bar = paint("|", "blue", options);
  const empty = `${" ".repeat(gutter)} ${bar}`;
  const arrow = paint(first.primary ? "-->" : ":::", "blue", options);
  const lines = [`${" ".repeat(gutter)}${arrow} ${source.name}:${first.line + 1}:${first.start + 1}`, empty];
  let shown: { line: number; window: Window } | undefined;
  for (const mark of sorted) {
    const text = lineAt(source, mark.line);
    const reused =
      shown !== undefined && shown.line === mark.line && covers(shown.window, mark) ? shown.window : undefined;
    const window = reused ?? windowOf(text, mark);
    if (reused === undefined) {
      if (shown !== undefined && mark.line > shown.line + 1)
        lines.push(`${" ".repeat(gutter - 1)}${paint("...", "blue", options)}`);
      lines.push(`${paint(String(mark.line + 1).padStart(gutter), "blue", options)} ${bar} ${window.shown}`.trimEnd());
    }
    lines.push(`${empty} ${carets(text, window, mark, style, options)}`);
    shown = { line: mark.line, window };
  }
  return [...lines, empty];
}

/** The part of a line that is shown: the offsets in it, and its text with `…` where it was cut. */
interface Window {
  readonly start: number;
  readonly end: number;
  readonly shown: string;
}

function windowOf(line: string, mark: Mark): Window {
  const isWhole = line.length <= longestLine;
  const start = isWhole ? 0 : wholeCharacter(line, Math.max(0, mark.start - before));
  const end = isWhole ? line.length : wholeCharacter(line, Math.min(line.length, mark.start + after));
  const shown = `${start > 0 ? "…" : ""}${visible(line.slice(start, end))}${end < line.length ? "…" : ""}`;
  return { start, end, shown };
}

function covers(window: Window, mark: Mark): boolean {
  return mark.start >= window.start && mark.start <= window.end;
}

/** Moves an offset out of the middle of a surrogate pair. */
function wholeCharacter(text: string, offset: number): number {
  return /[\uDC00-\uDFFF]/.test(text.charAt(offset)) ? offset - 1 : offset;
}

function carets(line: string, window: Window, mark: Mark, style: Style, options: RenderOptions): string {
  const indent = width(visible(line.slice(window.start, mark.start))) + (window.start > 0 ? 1 : 0);
  const length = Math.max(1, width(visible(line.slice(mark.start, Math.min(mark.end, window.end)))));
  const pointer = (mark.primary ? "^" : "-").repeat(length);
  const text = mark.text === "" ? pointer : `${pointer} ${mark.text}`;
  return `${" ".repeat(indent)}${paint(text, mark.primary ? style : "blue", options)}`;
}

/** Tabs as spaces; control characters cannot reach the terminal. */
function visible(text: string): string {
  return text.replaceAll("\t", " ".repeat(tabWidth)).replace(/\p{Cc}|\p{Bidi_Control}/gu, "�");
}

/** How many columns a terminal gives to a text. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}|\p{Cf}/u.test(character)) continue;
    columns +=
      /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}

function paint(text: string, style: Style, options: RenderOptions): string {
  return options.color ? `${codes[style]}${text}\u001b[0m` : text;
}

/** A span of several lines is marked on its first, up to its end. */
function markOf(span: Span, text: string, primary: boolean): Mark {
  const starts = lineStarts(span.source);
  const offset = Math.min(Math.max(0, span.start), span.source.text.length);
  const line = lineOf(starts, offset);
  const begin = starts[line] ?? 0;
  const end = Math.min(Math.max(span.end, offset) - begin, lineAt(span.source, line).length);
  return { line, start: offset - begin, end, text, primary };
}

function lineAt(source: Source, line: number): string {
  const starts = lineStarts(source);
  return source.text.slice(starts[line] ?? 0, (starts[line + 1] ?? source.text.length + 1) - 1).replace(/\r$/, "");
}

/** The last line that starts at or before the offset. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

const startsOf = new WeakMap<Source, readonly number[]>();

/** The offset at which each line starts: found once for a source. */
function lineStarts(source: Source): readonly number[] {
  const known = startsOf.get(source);
  if (known !== undefined) return known;
  const starts = [0];
  for (let at = source.text.indexOf("\n"); at >= 0; at = source.text.indexOf("\n", at + 1)) starts.push(at + 1);
  startsOf.set(source, starts);
  return starts;
}
