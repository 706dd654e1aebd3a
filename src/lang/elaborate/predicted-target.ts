// What `predict` names: an input or a target, now or some steps ahead.
import type { Span } from "../../base/source.ts";
import type { Expression } from "../ast.ts";
import { notAllowed, unknownName } from "../messages.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import type { Unit } from "./scaled.ts";
import { wholeNumber } from "./static.ts";
import type { NodeValue } from "./value.ts";

export interface Target {
  readonly name: string;
  readonly ahead: number;
  readonly value: NodeValue;
  /** Of the data, if the value is standardised. */
  readonly unit: Unit | undefined;
  readonly span: Span;
}

/** Undefined if an error was reported. */
export function readTarget(frame: Frame, expression: Expression): Target | undefined {
  const { context } = frame;
  const named = expression.kind === "delay" ? expression.object : expression;
  if (named.kind !== "name") {
    context.report(notAllowed("only an input or a target can be predicted", expression.span));
    return undefined;
  }
  const value = frame.bound(named.name);
  if (value === undefined) {
    const known = frame.definition.body.flatMap((each) =>
      each.kind === "input" || each.kind === "target" ? each.names.map((name) => name.name) : [],
    );
    context.report(unknownName(named.name, named.span, known, "to predict"));
    return undefined;
  }
  if (value.kind !== "node") return undefined;
  const ahead = expression.kind === "delay" ? stepsAhead(frame, expression) : 0;
  if (ahead === undefined) return undefined;
  const { name } = named;
  const unit = context.units.get(name);
  if (ahead === 0) return { name, ahead, value, unit, span: expression.span };
  const next = context.build.input({ kind: "data", name, use: "target", ahead }, context.build.type(value.id));
  const later = context.masked(next, 0, 0, ahead);
  const id = unit === undefined ? later : unit.standard(later);
  return { name, ahead, value: { ...value, id }, unit, span: expression.span };
}

function stepsAhead(frame: Frame, expression: Extract<Expression, { kind: "delay" }>): number | undefined {
  const by = expression.steps === null ? undefined : evaluate(expression.steps, frame);
  const steps = by?.kind === "static" ? wholeNumber(by.value) : undefined;
  if (expression.steps === null) return 0;
  if (steps !== undefined && steps > 0 && expression.sign === "+") return steps;
  frame.context.report(notAllowed("only a later step can be predicted, such as `text[t+1]`", expression.span));
  return undefined;
}
