// The comments of a file: each belongs to the line that it ends, or has lines of its own, in the file or in a block.
// No comment is lost: a comment inside a statement of several lines moves above that statement.
import type { Definition, Setting, SpecFile, Statement, Use } from "./ast.ts";
import { tokens, type Token } from "./tokens.ts";

/** A statement or block with lines of its own, and the comments around it. */
export interface Item {
  readonly content: Use | Definition | Statement | Setting;
  readonly start: number;
  readonly end: number;
  /** Comments that move above it: those inside it, and those at the ends of its lines except the last. */
  readonly above: string[];
  /** At the end of its line; for a block, after its `}`. */
  readonly trailing: string[];
  /** The lines between its braces. */
  readonly block: Block | null;
}

export interface Block {
  readonly start: number;
  readonly end: number;
  /** After the `{`. */
  readonly opening: string[];
  readonly entries: (Item | OwnLine)[];
}

/** A comment on a line of its own. */
export interface OwnLine {
  readonly content: null;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The file as blocks of lines, with every comment in its place. */
export function withComments(file: SpecFile): Block {
  const all = [...tokens(file.source.text)];
  const braces = all.filter(({ text }) => text === "{");
  const contents = [...file.uses, ...file.definitions];
  const entries = contents.map((each) => itemOf(each, braces)).toSorted((a, b) => a.start - b.start);
  const whole: Block = { start: 0, end: file.source.text.length, opening: [], entries };
  let code: Token | undefined;
  let isSameLine = false;
  for (const token of all) {
    if (token.text === "\n") isSameLine = false;
    else if (token.text.startsWith("#")) place(token, isSameLine ? code : undefined, whole);
    else {
      code = token;
      isSameLine = true;
    }
  }
  return whole;
}

/** The lines of comment directly above something that begins at `start`, without their marks. */
export function commentAbove(file: SpecFile, start: number): readonly string[] {
  const entries = withComments(file).entries;
  const index = entries.findIndex((each) => each.content !== null && each.start === start);
  const lines: string[] = [];
  let next = start;
  for (const each of entries.slice(0, Math.max(index, 0)).toReversed()) {
    if (each.content !== null || isBlankBetween(file.source.text, each.end, next)) break;
    lines.unshift(each.text.replace(/^#+\s*/, ""));
    next = each.start;
  }
  return lines;
}

/** Whether there is an empty line between two places. */
export function isBlankBetween(text: string, from: number, to: number): boolean {
  return /\n[^\S\n]*\n/.test(text.slice(from, to));
}

function itemOf(content: Item["content"], braces: readonly Token[]): Item {
  const { start, end } = content.span;
  const inner = content.kind === "train" ? content.settings : "body" in content ? content.body : null;
  const item = { content, start, end, above: [], trailing: [] };
  if (inner === null) return { ...item, block: null };
  const open = braces.find((brace) => brace.start >= start) ?? { start, end: start };
  const entries = inner.map((each) => itemOf(each, braces));
  return { ...item, block: { start: open.start, end, opening: [], entries } };
}

/** Puts a comment where it belongs; `before` is the code before it on its line. */
function place(comment: Token, before: Token | undefined, block: Block): void {
  const text = comment.text.trimEnd();
  const around = block.entries.find((each) => each.start <= comment.start && comment.start < each.end);
  if (around !== undefined && around.content !== null) {
    const { block: inner, above } = around;
    if (inner !== null && comment.start > inner.start) place(comment, before, inner);
    else above.push(text);
    return;
  }
  if (before?.start === block.start && before.text === "{") {
    block.opening.push(text);
    return;
  }
  const last = before === undefined ? undefined : block.entries.findLast((each) => each.start <= before.start);
  if (last !== undefined && last.content !== null) {
    last.trailing.push(text);
    return;
  }
  const line: OwnLine = { content: null, text, start: comment.start, end: comment.end };
  const index = block.entries.findIndex((each) => each.start > comment.start);
  block.entries.splice(index < 0 ? block.entries.length : index, 0, line);
}
