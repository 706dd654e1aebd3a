// A spec file in its canonical layout, with its comments: `parse` gives the same tree back, and formatting again changes nothing.
// One statement a line, unless it is too long. Empty lines stay, and surround definitions. Comments at the ends of neighbouring lines are aligned.
import { at } from "../base/invariant.ts";
import type { SpecFile } from "./ast.ts";
import { isBlankBetween, withComments, type Block, type Item, type OwnLine } from "./comments.ts";
import { statementLines } from "./format-long.ts";
import { formatHead, formatSetting, formatStatement, formatUse } from "./format-statement.ts";

/** Blanks between the longest line of a group and the comments at the ends of its lines. */
const GAP = 3;

interface Line {
  readonly text: string;
  readonly comment: string | null;
}

const EMPTY: Line = { text: "", comment: null };

export function format(file: SpecFile): string {
  const lines = linesOf(withComments(file), file.source.text, 0);
  return groups(lines).flatMap(lineUp).join("\n") + (lines.length === 0 ? "" : "\n");
}

function linesOf(block: Block, text: string, depth: number): readonly Line[] {
  const { entries } = block;
  return entries.flatMap((entry, index) => {
    const before = entries[index - 1];
    const isApart = before !== undefined && (isBlankBetween(text, before.end, entry.start) || mustPart(index, entries));
    return [...(isApart ? [EMPTY] : []), ...entryLines(entry, text, depth)];
  });
}

/** Definitions are separated by empty lines; the comments directly above them belong to them. */
function mustPart(index: number, entries: Block["entries"]): boolean {
  const before = entries[index - 1]?.content?.kind;
  const next = entries.slice(index).find(({ content }) => content !== null)?.content?.kind;
  return before !== undefined && (isDefinition(before) || isDefinition(next));
}

function isDefinition(kind: string | undefined): boolean {
  return kind === "cell" || kind === "model";
}

function entryLines(entry: Item | OwnLine, text: string, depth: number): readonly Line[] {
  if (entry.content === null) return [own(entry.text, depth)];
  const [trailing = null, ...others] = entry.trailing.toReversed();
  const above = [...entry.above, ...others.toReversed()].map((each) => own(each, depth));
  if (entry.block === null) return [...above, ...contentLines(entry, depth, trailing)];
  const head = indented(contentOf(entry), depth);
  const opening = entry.block.opening;
  return [
    ...above,
    { text: `${head} {`, comment: opening.length === 0 ? null : opening.join(" ") },
    ...linesOf(entry.block, text, depth + 1),
    { text: indented("}", depth), comment: trailing },
  ];
}

function contentLines(item: Item, depth: number, comment: string | null): readonly Line[] {
  const { content } = item;
  const text = contentOf(item);
  const lines = content.kind === "equation" ? statementLines(content, text, 2 * depth) : [text];
  return lines.map((line, index) => ({
    text: indented(line, depth),
    comment: index === lines.length - 1 ? comment : null,
  }));
}

function contentOf({ content }: Item): string {
  switch (content.kind) {
    case "use":
      return formatUse(content);
    case "cell":
    case "model":
      return formatHead(content);
    case "optimizer":
    case "schedule":
    case "clip":
    case "truncate":
    case "freeze":
    case "scale":
    case "decay":
    case "batch":
    case "epochs":
    case "seed":
      return formatSetting(content);
    default:
      return formatStatement(content);
  }
}

function own(comment: string, depth: number): Line {
  return { text: indented(comment, depth), comment: null };
}

function indented(text: string, depth: number): string {
  return "  ".repeat(depth) + text;
}

/** Groups of neighbouring lines that end in a comment; any other line is a group of its own. */
function groups(lines: readonly Line[]): readonly (readonly Line[])[] {
  const found: Line[][] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (line.comment !== null && last !== undefined && at(last, -1, "format").comment !== null) last.push(line);
    else found.push([line]);
  }
  return found;
}

function lineUp(group: readonly Line[]): readonly string[] {
  const width = group.reduce((widest, { text }) => Math.max(widest, [...text].length), 0);
  return group.map(({ text, comment }) =>
    comment === null ? text : text + " ".repeat(width - [...text].length + GAP) + comment,
  );
}
