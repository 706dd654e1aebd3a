// An equation that is too long for a line. It is broken before its loosest operators, or between the arguments of its call.
// A line that begins with an operator belongs to the one before, and within brackets a line may end anywhere.
import type { Expression, Statement } from "./ast.ts";
import {
  formatArguments,
  formatAt,
  formatExpression,
  level,
  operatorLevel,
  tighterThan,
  type Level,
} from "./format-expression.ts";
import { formatLeft } from "./format-statement.ts";

const WIDTH = 100;
const INDENT = "  ";

/** The lines of a statement whose one line would be `text`, without the indentation of its block, which is `depth` wide. */
export function statementLines(statement: Statement, text: string, depth: number): readonly string[] {
  const room = WIDTH - depth;
  if (fits(text, room) || statement.kind !== "equation") return [text];
  return broken(formatLeft(statement), statement.value, formatExpression(statement.value), room);
}

function fits(text: string, room: number): boolean {
  return [...text].length <= room;
}

/** `text` is the expression as it is written in its place, perhaps in parentheses. */
function broken(before: string, expression: Expression, text: string, room: number): readonly string[] {
  if (fits(before + text, room)) return [before + text];
  const pieces = text.startsWith("(") ? [] : piecesOf(expression);
  if (pieces.length > 1) {
    return pieces.flatMap((piece, index) =>
      broken(index === 0 ? before : INDENT + piece.operator, piece.value, piece.text, room),
    );
  }
  if (expression.kind !== "call" || expression.arguments.length === 0) return [before + text];
  const inner = before.startsWith(INDENT) ? INDENT + INDENT : INDENT;
  const last = expression.arguments.length - 1;
  const parts = expression.arguments.map(
    (each, index) => `${inner}${formatArguments([each])}${index < last ? "," : ""}`,
  );
  return [`${before}${formatAt(level.applied, expression.callee)}(`, ...parts, `${inner.slice(INDENT.length)})`];
}

interface Piece {
  /** With the blank after it; empty before the first. */
  readonly operator: string;
  readonly value: Expression;
  readonly text: string;
}

/** `a + b - c` as a, + b, - c; a pipe as its stages. */
function piecesOf(expression: Expression): readonly Piece[] {
  const outer = spineLevel(expression);
  if (outer === null) return [];
  const pieces: Piece[] = [];
  let rest = expression;
  while ((rest.kind === "binary" || rest.kind === "pipe") && spineLevel(rest) === outer) {
    const operator = rest.kind === "pipe" ? "|>" : rest.operator;
    pieces.unshift({ operator: `${operator} `, value: rest.right, text: formatAt(tighterThan(outer), rest.right) });
    rest = rest.left;
  }
  return [{ operator: "", value: rest, text: formatAt(outer, rest) }, ...pieces];
}

/** The level of an operator that associates to the left; null for anything else. */
function spineLevel(expression: Expression): Level | null {
  if (expression.kind === "pipe") return level.pipe;
  if (expression.kind !== "binary") return null;
  const own = operatorLevel[expression.operator];
  return own === level.sum || own === level.product || own === level.contraction ? own : null;
}
