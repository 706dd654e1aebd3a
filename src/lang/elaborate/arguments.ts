// Reads the arguments of a call by position and name, with errors for those that are missing, unknown or of the wrong kind.
import { constantOf, type Dim } from "../../shape/dim.ts";
import type { Argument, Expression } from "../ast.ts";
import { extraArgument, missingArgument, notAllowed, tooLarge, wrongType } from "../messages.ts";
import { argumentTwice } from "../messages-statements.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { wholeNumber } from "./static.ts";

export type Call = Extract<Expression, { kind: "call" }>;

/** The call's arguments under `names`; undefined if one is missing, unknown or given twice (which has been reported). */
export function readArguments(
  call: Call,
  frame: Frame,
  names: readonly string[],
  optional: readonly string[] = [],
): ReadonlyMap<string, Expression> | undefined {
  const { context } = frame;
  const of = `\`${calleeName(call)}\``;
  const found = new Map<string, Expression>();
  let isRight = true;
  call.arguments.forEach((argument, index) => {
    const name = argument.name?.name ?? names[index];
    const isKnown = name !== undefined && (names.includes(name) || optional.includes(name));
    const before = found.get(name ?? "");
    if (name !== undefined && before !== undefined) {
      context.report(argumentTwice(name, argument.name?.span ?? argument.value.span, before.span));
      isRight = false;
    } else if (!isKnown || name === undefined) {
      const what = argument.name === null ? `number ${index + 1}` : `\`${argument.name.name}\``;
      context.report(extraArgument(what, of, argument.name?.span ?? argument.value.span, [...names, ...optional]));
      isRight = false;
    } else {
      found.set(name, argument.value);
    }
  });
  for (const name of names) {
    if (found.has(name) || !isRight) continue;
    context.report(missingArgument(name, of, call.span));
    isRight = false;
  }
  return isRight ? found : undefined;
}

/** For a function that takes values without names: whether no argument is named. A named one is reported with `help`. */
export function hasNoNames(call: Call, frame: Frame, help: string): boolean {
  const named = call.arguments.find((argument) => argument.name !== null)?.name;
  if (named == null) return true;
  const title = `\`${calleeName(call)}\` takes values without names, not \`${named.name} = …\``;
  frame.context.report(notAllowed(title, named.span, help));
  return false;
}

export function calleeName(call: Call): string {
  return call.callee.kind === "name" ? call.callee.name : "this";
}

export function namedArgument(call: Call, name: string): Argument | undefined {
  return call.arguments.find((argument) => argument.name?.name === name);
}

/** The largest length of a typed array. */
export const LARGEST_SIZE = 2 ** 31 - 1;

/** A size: a whole number or a dimension, known at compile time. */
export function readSize(expression: Expression, frame: Frame): Dim | undefined {
  const value = evaluate(expression, frame);
  if (value.kind === "poison") return undefined;
  const constant = value.kind === "static" ? constantOf(value.value) : undefined;
  if (constant !== undefined && constant > LARGEST_SIZE) {
    frame.context.report(tooLarge("a size", LARGEST_SIZE, String(constant), expression.span));
    return undefined;
  }
  if (value.kind === "static" && (constant === undefined || (Number.isInteger(constant) && constant >= 0)))
    return value.value;
  frame.context.report(
    wrongType("a size must be a whole number or a dimension, known at compile time", expression.span),
  );
  return undefined;
}

export function readCount(expression: Expression, frame: Frame, what: string): number | undefined {
  const value = evaluate(expression, frame);
  if (value.kind === "poison") return undefined;
  const count = value.kind === "static" ? wholeNumber(value.value) : undefined;
  if (count !== undefined && count >= 1) return count;
  frame.context.report(
    wrongType(`${what} must be a whole number of at least 1, known at compile time`, expression.span),
  );
  return undefined;
}

/** As `readCount`, for what the compiler writes out one by one. */
export function readCountUpTo(most: number, expression: Expression, frame: Frame, what: string): number | undefined {
  const count = readCount(expression, frame, what);
  if (count === undefined || count <= most) return count;
  frame.context.report(tooLarge(what, most, String(count), expression.span));
  return undefined;
}

export function readNumber(expression: Expression, frame: Frame, what: string): number | undefined {
  const value = evaluate(expression, frame);
  if (value.kind === "poison") return undefined;
  const number = value.kind === "static" ? constantOf(value.value) : undefined;
  if (number !== undefined) return number;
  frame.context.report(wrongType(`${what} must be a number known at compile time`, expression.span));
  return undefined;
}

/** The rate of `dropout` or `zoneout`. */
export function readShare(expression: Expression, frame: Frame, of = "dropout"): number | undefined {
  const share = readNumber(expression, frame, `the ${of} rate`);
  if (share === undefined || (share >= 0 && share < 1)) return share;
  frame.context.report(wrongType(`the ${of} rate must be at least 0 and below 1`, expression.span));
  return undefined;
}

/** `true` or `false`. */
export function readFlag(expression: Expression, frame: Frame, what: string): boolean {
  if (expression.kind === "name" && (expression.name === "true" || expression.name === "false"))
    return expression.name === "true";
  frame.context.report(wrongType(`${what} must be \`true\` or \`false\``, expression.span));
  return false;
}

/** `[m, n]`, or one size. */
export function readSizes(expression: Expression, frame: Frame): readonly Dim[] | undefined {
  const items = expression.kind === "list" ? expression.items : [expression];
  const sizes = items.map((item) => readSize(item, frame));
  const known = sizes.filter((size) => size !== undefined);
  return known.length === sizes.length ? known : undefined;
}
