// The role and the texts of a box in a picture, at a step or at none.
import { printInput } from "../graph/border.ts";
import { formatExpression, formatType } from "../lang/format-expression.ts";
import type { Box } from "./diagram/boxes.ts";
import type { Part } from "./diagram/diagram.ts";
import { labelOf, partLabel, shortLabelOf } from "./labels.ts";
import type { PictureNode, Role } from "./picture.ts";

export type Facts = Pick<PictureNode, "role" | "title" | "detail" | "tooltip" | "isOutput">;

/** At a step there are many boxes, so each shows little; its tooltip has the whole equation. */
export function factsOf(part: Part, step: number | null, operation: string): Facts {
  const { box } = part;
  const isBrief = step !== null;
  return {
    role: roleOf(part),
    title: titleOf(box, step, operation),
    detail: isBrief ? briefDetail(box, operation) : fullDetail(box),
    tooltip: tooltipOf(box),
    isOutput: box.isOutput,
  };
}

function roleOf({ box, isWeighted }: Part): Role {
  switch (box.kind) {
    case "equation":
    case "operand":
      return box.state !== null ? "state" : isWeighted ? "weighted" : "value";
    case "predict":
    case "minimize":
      return "goal";
    default:
      return box.kind;
  }
}

function titleOf({ kind, names, ahead, time, expression }: Box, step: number | null, operation: string): string {
  const at = (name: string, offset: number): string =>
    step === null || time === null ? name : `${name}[${step + 1 + offset}]`;
  switch (kind) {
    case "operand":
      return expression === null ? operation : shortLabelOf(expression);
    case "predict": {
      const [name = ""] = names;
      return `predict ${step === null ? printInput({ kind: "data", name, use: "target", ahead }) : at(name, ahead)}`;
    }
    case "cell":
    case "minimize":
      return names.join(", ");
    default:
      return names.map((name) => at(name, 0)).join(", ");
  }
}

function fullDetail(box: Box): string {
  if (box.kind === "cell") return box.body === null ? "" : partLabel(box.body);
  if (box.kind === "predict") return "";
  if (box.expression !== null) return labelOf(box.expression);
  return box.type === null ? "" : formatType(box.type);
}

/** At a step: the outermost operation. */
function briefDetail(box: Box, operation: string): string {
  if (box.kind === "cell") return fullDetail(box);
  if (box.kind === "minimize" && box.expression !== null) return labelOf(box.expression);
  if (box.kind !== "equation") return "";
  return box.expression === null ? operation : shortLabelOf(box.expression);
}

function tooltipOf({ kind, names, expression, type, ahead }: Box): string {
  const name = names.join(", ");
  if (kind === "predict" && expression !== null)
    return `predict ${name}${ahead === 0 ? "" : `[t+${ahead}]`} from ${formatExpression(expression)}`;
  if (expression !== null) {
    const text = formatExpression(expression);
    return kind === "equation" ? `${name} = ${text}` : text;
  }
  return type === null ? name : `${kind} ${name}: ${formatType(type)}`;
}
