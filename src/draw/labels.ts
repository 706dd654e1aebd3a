// The texts in boxes: expressions, shortened to fit.
import type { Expression } from "../lang/ast.ts";
import type { Body } from "../lang/elaborate/outline.ts";
import { formatExpression } from "../lang/format-expression.ts";

const LONGEST = 44;

/** `σ(linear(x, h[t-1]))`; cut if it is too long for a box. */
export function labelOf(expression: Expression): string {
  const text = formatExpression(expression)
    .replace(/\bsigmoid\(/g, "σ(")
    .replace(/ \* /g, " ⊙ ");
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** The outermost operation of an expression: `σ` for `sigmoid(…)`, `+` for a sum. */
export function shortLabelOf(expression: Expression): string {
  switch (expression.kind) {
    case "call":
      return expression.callee.kind === "name"
        ? expression.callee.name === "sigmoid"
          ? "σ"
          : expression.callee.name
        : shortLabelOf(expression.callee);
    case "binary":
      return expression.operator === "*" ? "⊙" : expression.operator;
    case "pipe":
      return shortLabelOf(expression.right);
    case "negate":
      return "-";
    default:
      return formatExpression(expression);
  }
}

/** The layer and direction of a cell in its wiring: `layer 2 ←`. */
export function partLabel({ parts, isReverse }: Body): string {
  const layers = parts.flatMap((part) => (part.kind === "layer" && part.count > 1 ? [`layer ${part.index + 1}`] : []));
  const hasDirection = isReverse || parts.some(({ kind }) => kind !== "layer");
  return [...layers, ...(hasDirection ? [isReverse ? "←" : "→"] : [])].join(" ");
}
