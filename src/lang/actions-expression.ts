// The actions that build the nodes of expressions and types, and what all actions share.
import type { ActionDict, Node, Semantics } from "ohm-js";
import type { Diagnostic } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import type { Span } from "../base/source.ts";
import type { Argument, BinaryOperator, Expression, Identifier, Index, TimeOf, TypeExpression } from "./ast.ts";
import { argumentTwice } from "./messages-statements.ts";
import * as messages from "./messages-syntax.ts";

export interface ActionContext {
  readonly span: (first: Node, last?: Node) => Span;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** A node with the operations of `semanticsFor`. ohm-js cannot type them; the functions named `…Of` do. */
export type Operations = ReturnType<Semantics>;
export type Extend = (object: Expression, first: Node) => Expression;
export const expressionOf = (node: Operations): Expression => node["expression"]();
export const suffixOf = (node: Operations): Extend => node["suffix"]();
export const argumentsOf = (node: Operations): Argument[] => node["arguments"]();
export const indexOf = (node: Operations): Index => node["index"]();
export const typeOf = (node: Operations): TypeExpression => node["type"]();
const axisOf = (node: Operations): Expression | TimeOf | null => node["axis"]();
export function optional<T>(node: Node, build: (node: Node) => T): T | null {
  const child = node.children[0];
  return child === undefined ? null : build(child);
}

export function items(list: Node): readonly Node[] {
  return list.asIteration().children;
}

export function identifier({ span }: ActionContext, name: Node): Identifier {
  return { name: name.sourceString, span: span(name) };
}

/** The keyword or sign as one of those that the syntax tree knows. */
export function oneOf<const T extends string>(node: Node, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === node.sourceString);
  return found ?? fail("parse", `the grammar allowed ${node.sourceString}`);
}

function operatorOf(node: Node): BinaryOperator {
  if (node.sourceString === "⊙") return "*";
  if (node.sourceString === "·") return "@";
  return oneOf(node, ["+", "-", "*", "/", "@", "^", "<", "<=", ">", ">=", "=="]);
}

export function operatorActions({ span }: ActionContext): ActionDict<Expression> {
  const binary = (left: Expression, sign: Node, right: Node, first: Node): Expression => {
    const operator = operatorOf(sign);
    return { kind: "binary", operator, left, right: expressionOf(right), span: span(first, right) };
  };
  const chain = (first: Node, signs: Node, rest: Node): Expression =>
    rest.children.reduce((left, right, index) => binary(left, signs.child(index), right, first), expressionOf(first));
  const negate = (minus: Node, operand: Node): Expression => {
    return { kind: "negate", operand: expressionOf(operand), span: span(minus, operand) };
  };
  return {
    Pipe(first, _signs, rest) {
      return rest.children.reduce(
        (left, right): Expression => ({ kind: "pipe", left, right: expressionOf(right), span: span(first, right) }),
        expressionOf(first),
      );
    },
    Comparison_two: (left, sign, right) => binary(expressionOf(left), sign, right, left),
    Sum: chain,
    Product: chain,
    Contraction: chain,
    Unary_negate: negate,
    Power_raise: (base, sign, exponent) => binary(expressionOf(base), sign, exponent, base),
    Exponent_negate: negate,
    Applied: (primary, suffixes) =>
      suffixes.children.reduce((object, suffix) => suffixOf(suffix)(object, primary), expressionOf(primary)),
    Path: (name, members) =>
      members.children.reduce((object, member) => suffixOf(member)(object, name), expressionOf(name)),
    Default: (_assign, value) => expressionOf(value),
    Init: (_sign, value) => expressionOf(value),
    Weight: (_keyword, _assign, value) => expressionOf(value),
  };
}

export function primaryActions({ span, report }: ActionContext): ActionDict<Expression> {
  return {
    Primary_group: (_open, value, _close) => expressionOf(value),
    Primary_list: (open, list, close) => ({
      kind: "list",
      items: items(list).map(expressionOf),
      span: span(open, close),
    }),
    number(mantissa, exponent) {
      const place = span(mantissa, exponent);
      const value = Number(mantissa.sourceString + exponent.sourceString);
      if (!Number.isFinite(value)) report(messages.numberTooLarge(place));
      return { kind: "number", value, span: place };
    },
    string: (open, text, close) => ({ kind: "string", value: text.sourceString, span: span(open, close) }),
    keyword: (word) => ({ kind: "name", name: word.sourceString, span: span(word) }),
    name: (letter, rest) => ({ kind: "name", name: letter.sourceString + rest.sourceString, span: span(letter, rest) }),
  };
}

export function suffixActions(context: ActionContext): ActionDict<Extend> {
  const { span, report } = context;
  const delay = (sign: "+" | "-" | null, steps: Node | null, close: Node): Extend => {
    return (object, first) => {
      const place = span(first, close);
      if (object.kind !== "name" && object.kind !== "member") report(messages.delayOfExpression(place));
      return { kind: "delay", object, sign, steps: steps === null ? null : expressionOf(steps), span: place };
    };
  };
  return {
    Delay_now: (_open, _time, close) => delay(null, null, close),
    Delay_shifted: (_open, _time, sign, steps, close) => delay(oneOf(sign, ["+", "-"]), steps, close),
    Slice: (_open, low, _colon, high, close) => {
      const [from, to] = [optional(low, expressionOf), optional(high, expressionOf)];
      return (object, first) => ({ kind: "slice", object, from, to, span: span(first, close) });
    },
    Element: (_open, node, close) => {
      const index = expressionOf(node);
      if (node.sourceString.startsWith("t") && isSumFromTime(index)) report(messages.delayOfSum(span(node)));
      return (object, first) => ({ kind: "element", object, index, span: span(first, close) });
    },
    Indices: (_open, first, _commas, rest, close) => {
      const indices = [first, ...rest.children].map(indexOf);
      return (object, start) => ({ kind: "indices", object, indices, span: span(start, close) });
    },
    Arguments(_open, _list, close) {
      const given = argumentsOf(this);
      return (callee, first) => ({ kind: "call", callee, arguments: given, span: span(first, close) });
    },
    Member: (_dot, name) => (object, first) => {
      return { kind: "member", object, member: identifier(context, name), span: span(first, name) };
    },
  };
}

/** `t - 1 - 1`: a delay whose parentheses are missing. */
export function isSumFromTime(index: Expression): boolean {
  let leaf = index;
  while (leaf.kind === "binary" && (leaf.operator === "+" || leaf.operator === "-")) leaf = leaf.left;
  return leaf.kind === "name" && leaf.name === "t";
}

export const INDEX_ACTIONS: ActionDict<Index> = {
  Index_range: (low, _colon, high) => ({
    kind: "range",
    from: optional(low, expressionOf),
    to: optional(high, expressionOf),
  }),
  Index_one: (at) => ({ kind: "one", at: expressionOf(at) }),
};

export function argumentActions(context: ActionContext): ActionDict<Argument[]> {
  return {
    Arguments(_open, list, _close) {
      const all = items(list).flatMap(argumentsOf);
      const named = all.find((argument) => argument.name !== null)?.name ?? null;
      const late = all.slice(all.findIndex((argument) => argument.name !== null)).find(({ name }) => name === null);
      if (named !== null && late !== undefined) context.report(messages.argumentOrder(late.value.span, named.span));
      reportRepeated(all, context);
      return all;
    },
    NamedArgument: (name, _assign, value) => [{ name: identifier(context, name), value: expressionOf(value) }],
    Expression: (value) => [{ name: null, value: expressionOf(value) }],
  };
}

/** If two arguments had one name, one of them would be ignored. */
export function reportRepeated(all: readonly Argument[], { report }: ActionContext): void {
  const seen = new Map<string, Identifier>();
  for (const { name } of all) {
    const before = name === null ? undefined : seen.get(name.name);
    if (name !== null && before !== undefined) report(argumentTwice(name.name, name.span, before.span));
    else if (name !== null) seen.set(name.name, name);
  }
}

export function typeActions({ span }: ActionContext): ActionDict<TypeExpression> {
  const sizeOf = (node: Node): Expression | null => (node.sourceString === "?" ? null : expressionOf(node));
  return {
    Annotation: (_colon, type) => typeOf(type),
    Type_sequence: (keyword, element) => ({ kind: "sequence", element: typeOf(element), span: span(keyword, element) }),
    Type_token(kind, _open, size, close) {
      const reading = oneOf(kind, ["token", "char", "word", "label"]);
      return { kind: "token", reading, size: sizeOf(size), span: span(kind, close) };
    },
    Type_array: (open, list, close) => ({
      kind: "array",
      dimensions: items(list).map(axisOf),
      span: span(open, close),
    }),
  };
}

export function axisActions(context: ActionContext): ActionDict<Expression | TimeOf | null> {
  return {
    Axis_time: (keyword, _of, name) => ({
      kind: "time-of",
      memory: identifier(context, name),
      span: context.span(keyword, name),
    }),
    Dimension_unknown: (_sign) => null,
    Dimension_known: (size) => expressionOf(size),
  };
}
