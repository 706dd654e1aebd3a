// What a form is, and how it reads its arguments: arrays and tokens.
import { ONE } from "../../../shape/dim.ts";
import type { Expression } from "../../ast.ts";
import { notAllowed, wrongType } from "../../messages.ts";
import { readArguments, type Call } from "../arguments.ts";
import type { Elaboration } from "../context.ts";
import { evaluate } from "../expression.ts";
import type { Frame } from "../frame.ts";
import type { Operand } from "../product.ts";
import { POISON, type NodeValue, type Token, type Value } from "../value.ts";

/** A function that evaluates its own arguments. */
export type Form = (call: Call, frame: Frame) => Value;

export function operandOf(expression: Expression | undefined, frame: Frame): Operand | undefined {
  if (expression === undefined) return undefined;
  const value = frame.context.float(evaluate(expression, frame), expression.span);
  return value === undefined ? undefined : { value, span: expression.span };
}

/** For a form whose positional arguments are all arrays: builds the result, unless an argument is missing or wrong. */
export function withArrays(
  call: Call,
  frame: Frame,
  names: readonly string[],
  build: (context: Elaboration, operands: readonly Operand[]) => Value,
): Value {
  const given = readArguments(call, frame, names);
  if (given === undefined) return POISON;
  const operands = names.map((name) => operandOf(given.get(name), frame)).filter((operand) => operand !== undefined);
  return operands.length < names.length ? POISON : build(frame.context, operands);
}

/** A scalar as `[1]`; anything else as it is. */
export function asVector(context: Elaboration, value: NodeValue): NodeValue {
  if (context.own(value).length > 0) return value;
  return { ...value, id: context.build.op("reshape", [value.id], { dims: [ONE] }) };
}

export function noTime(context: Elaboration, operand: Operand, what: string): boolean {
  if (context.own(operand.value).every((axis) => axis.tag === "plain")) return true;
  context.report(
    notAllowed(`an axis of time cannot be ${what}`, operand.span, "its length differs from example to example"),
  );
  return false;
}

export function tokenOf(
  expression: Expression | undefined,
  frame: Frame,
): { readonly value: NodeValue; readonly token: Token } | undefined {
  if (expression === undefined) return undefined;
  const value = evaluate(expression, frame);
  if (value.kind === "poison") return undefined;
  if (value.kind === "node" && value.token !== undefined) return { value, token: value.token };
  frame.context.report(wrongType("a token is needed here", expression.span, "declare it: `input k: token[V]`"));
  return undefined;
}
