// Evaluates expressions: arithmetic, names, delays, and calls, which go to the functions, the forms and the wirings.
import type { BinaryFunction } from "../../scalar/table.ts";
import { constant, multiply, ZERO } from "../../shape/dim.ts";
import { advice } from "../advice.ts";
import type { Argument, BinaryOperator, Expression } from "../ast.ts";
import { deepExpressions } from "../messages-values.ts";
import { listed } from "../messages-statements.ts";
import { futureInCell, notAllowed, tooLarge, unknownName, wrongType } from "../messages.ts";
import { applyWiring } from "./apply.ts";
import { ahead } from "./ahead.ts";
import { FORM_NAMES, formNamed } from "./forms.ts";
import { literal } from "./forms/constants.ts";
import type { Frame } from "./frame.ts";
import { callFunction, FUNCTION_NAMES, isFunction, pointwise } from "./functions.ts";
import { ofLayers } from "./layers.ts";
import { product } from "./product.ts";
import { slice } from "./slice.ts";
import { staticBinary, wholeNumber } from "./static.ts";
import { stepsWithoutValue } from "./steps-without-value.ts";
import { argumentsAgain, cellNames } from "./given-cell.ts";
import { partOf, partsOf, type Value } from "./value.ts";
import { wiringNamed } from "./wiring.ts";

const OPERATOR_OPS: Readonly<Record<Exclude<BinaryOperator, "@">, BinaryFunction>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "^": "pow",
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
  "==": "eq",
};

/** A value is carried for each step between now and then. */
const MOST_DELAY = 1024;

/** Nested expressions, through the cells that they apply: less than half of what the stacks of Node and browsers hold. */
const MOST_NESTED = 800;

function tooDeep({ span }: Expression, { context }: Frame): Value {
  const isTold = context.diagnostics.some(({ code }) => code === "deep-nesting");
  return isTold ? { kind: "poison" } : context.report(deepExpressions(MOST_NESTED, span));
}

export function evaluate(expression: Expression, frame: Frame): Value {
  const { context } = frame;
  const outer = context.reason;
  context.reason = expression;
  context.depth += 1;
  const value = context.depth > MOST_NESTED ? tooDeep(expression, frame) : evaluated(expression, frame);
  context.depth -= 1;
  context.reason = outer;
  return value;
}

function evaluated(expression: Expression, frame: Frame): Value {
  const { context } = frame;
  switch (expression.kind) {
    case "number":
      return { kind: "static", value: constant(expression.value) };
    case "string":
      return context.report(wrongType("text is allowed only as the first argument of `einsum`", expression.span));
    case "list":
      return literal(expression, frame);
    case "name":
      return frame.read(expression.name, expression.span);
    case "member":
      return member(expression, frame);
    case "delay":
      return delay(expression, frame);
    case "negate": {
      const value = evaluate(expression.operand, frame);
      if (value.kind === "static") return { kind: "static", value: multiply(constant(-1), value.value) };
      const node = context.float(value, expression.operand.span);
      return node === undefined ? { kind: "poison" } : context.op("neg", [node.id], expression.span);
    }
    case "binary":
      return binary(expression, frame);
    case "slice":
    case "element":
    case "indices":
      return slice(expression, frame);
    case "pipe":
      return pipe(expression, frame);
    case "call":
      return call(expression, frame);
  }
}

function binary(expression: Extract<Expression, { kind: "binary" }>, frame: Frame): Value {
  const { context } = frame;
  const left = evaluate(expression.left, frame);
  const right = evaluate(expression.right, frame);
  if (left.kind === "static" && right.kind === "static") {
    const value = staticBinary(expression.operator, left.value, right.value);
    if (value !== undefined) return { kind: "static", value };
  }
  const a = context.float(left, expression.left.span);
  const b = context.float(right, expression.right.span);
  if (a === undefined || b === undefined) return { kind: "poison" };
  const operands = [
    { value: a, span: expression.left.span },
    { value: b, span: expression.right.span },
  ];
  if (expression.operator === "@") return product(context, operands, expression.span);
  return pointwise(context, OPERATOR_OPS[expression.operator], operands, expression.span);
}

function member(expression: Extract<Expression, { kind: "member" }>, frame: Frame): Value {
  const { context } = frame;
  const weight = weightNamed(expression, frame);
  if (weight !== undefined) return weight;
  const prefix = advice()?.prefixed(memberPath(expression), expression, frame);
  if (prefix !== undefined) return context.report(prefix);
  const layers = ofLayers(expression, frame, evaluate);
  if (layers !== undefined) return layers;
  const object = evaluate(expression.object, frame);
  if (object.kind === "poison") return object;
  if (object.kind !== "node" || object.members === undefined) {
    const title = `this has no part \`${expression.member.name}\`: only the result of a cell has parts`;
    const hint = advice()?.partHint(expression, (name) => isFunction(name) || formNamed(name) !== undefined);
    return context.report(notAllowed(title, expression.span, hint));
  }
  const found = partOf(object, expression.member.name);
  if (found !== undefined) return found;
  const parts = partsOf(object);
  const { name, span } = expression.member;
  return context.report(unknownName(name, span, parts, "in this cell", { otherwise: `it has ${listed(parts)}` }));
}

/** A weight by its name: `e.table`, `f.x`. The equation it belongs to is evaluated first. */
function weightNamed(expression: Extract<Expression, { kind: "member" }>, frame: Frame): Value | undefined {
  const words = memberPath(expression);
  const [first] = words ?? [];
  if (words === undefined || first === undefined || !frame.equations.has(first.name)) return undefined;
  const object = frame.read(first.name, first.span);
  if (object.kind === "poison") return object;
  if (object.kind === "node" && words.length === 2 && partOf(object, expression.member.name) !== undefined)
    return undefined;
  const weight = frame.context.weights.named(frame.prefix + words.map((word) => word.name).join("."));
  return weight === undefined ? undefined : frame.context.node(weight.id, expression.span, "");
}

function memberPath(
  expression: Expression,
): readonly { readonly name: string; readonly span: Expression["span"] }[] | undefined {
  if (expression.kind === "name") return [{ name: expression.name, span: expression.span }];
  if (expression.kind !== "member") return undefined;
  const before = memberPath(expression.object);
  return before === undefined ? undefined : [...before, expression.member];
}

function delay(expression: Extract<Expression, { kind: "delay" }>, frame: Frame): Value {
  const { context } = frame;
  const { object } = expression;
  const shown = object.kind === "name" ? object.name : object.kind === "member" ? object.member.name : "this";
  const by = expression.steps === null ? { kind: "static" as const, value: ZERO } : evaluate(expression.steps, frame);
  if (by.kind === "poison") return by;
  const steps = by.kind === "static" ? wholeNumber(by.value) : undefined;
  if (steps === undefined) {
    const help = stepsWithoutValue(expression.steps, frame);
    return context.report(wrongType("a delay must be a whole number known at compile time", expression.span, help));
  }
  if (expression.sign === "+" && steps > 0 && frame.isCell) return context.report(futureInCell(shown, expression.span));
  if (steps < 0 || (steps === 0 && expression.sign === "-")) {
    return context.report(wrongType(`a delay must be at least one step, but this is ${steps}`, expression.span));
  }
  if (steps > MOST_DELAY) return context.report(tooLarge("a delay", MOST_DELAY, `${steps}`, expression.span));
  if (expression.sign === "+" && steps > 0) return ahead(expression, frame, steps);
  if (object.kind === "name") return frame.delayed(object.name, steps, expression.span);
  const value = evaluate(object, frame);
  if (value.kind !== "node" || steps === 0) return value;
  const words = memberPath(object)?.map((word) => word.name);
  return frame.delayedMember(value, words?.join(".") ?? null, steps, expression.span);
}

/** `x |> f(a)` is `f(x, a)`; a cell or wiring on the right is applied to x. */
function pipe(expression: Extract<Expression, { kind: "pipe" }>, frame: Frame): Value {
  const { right, left, span } = expression;
  const twice = right.kind === "call" ? argumentsAgain(right, frame) : undefined;
  if (twice !== undefined) return frame.context.report(twice);
  const first: Argument = { name: null, value: left };
  const takesFirst =
    right.kind === "call" &&
    ((right.callee.kind === "name" && isCallable(right.callee.name, frame)) || isApplication(right, frame));
  if (takesFirst) return call({ ...right, arguments: [first, ...right.arguments], span }, frame);
  return call({ kind: "call", callee: right, arguments: [first], span }, frame);
}

/** `C(H)(h = s)`, or `enc(h = s)` of a named wiring: its callee is already a wiring. */
function isApplication(expression: Extract<Expression, { kind: "call" }>, frame: Frame): boolean {
  if (expression.callee.kind === "call") return true;
  if (expression.callee.kind !== "name") return false;
  const { name } = expression.callee;
  return isReady(name, frame) || (wiringNamed(name, frame) === undefined && frame.equations.has(name));
}

/** A parameter that stands for a cell with its arguments. */
function isReady(name: string, frame: Frame): boolean {
  return frame.cells.get(name)?.kind === "wiring";
}

/** A function or a form, which takes the piped value as its first argument. */
function isCallable(name: string, frame: Frame): boolean {
  return wiringNamed(name, frame) === undefined && (isFunction(name) || formNamed(name) !== undefined);
}

function call(expression: Extract<Expression, { kind: "call" }>, frame: Frame): Value {
  const { context } = frame;
  const { callee } = expression;
  if (callee.kind === "name" && !isReady(callee.name, frame)) {
    const wiring = wiringNamed(callee.name, frame);
    if (wiring !== undefined) return wiring(expression, frame);
    const form = formNamed(callee.name);
    if (form !== undefined) return form(expression, frame);
    if (isFunction(callee.name)) return callFunction(callee.name, expression, frame);
    if (!frame.owns(callee.name)) {
      const known = [...FUNCTION_NAMES, ...FORM_NAMES, ...cellNames(frame)];
      evaluateAll(expression.arguments, frame);
      if (frame.scope.missing.has(callee.name)) return { kind: "poison" };
      return context.report(
        unknownName(callee.name, callee.span, known, "", { first: advice()?.functionHint(callee.name) }),
      );
    }
  }
  const timed = advice()?.calledWithTime(expression, frame);
  if (timed !== undefined) return context.report(timed);
  const value = evaluate(callee, frame);
  if (value.kind === "poison") evaluateAll(expression.arguments, frame);
  if (value.kind === "poison") return value;
  if (value.kind === "function") return value.apply(expression, frame);
  if (value.kind !== "wiring") {
    const title = "this is neither a function nor a cell, so it cannot be called";
    return context.report(notAllowed(title, callee.span, "to multiply, write `*` between them"));
  }
  const twice = argumentsAgain(expression, frame);
  return twice === undefined ? applyWiring(value, expression, frame) : context.report(twice);
}

/** Reports the errors in the arguments of a value that cannot be called. */
function evaluateAll(given: readonly Argument[], frame: Frame): void {
  given.forEach(({ value }) => evaluate(value, frame));
}
