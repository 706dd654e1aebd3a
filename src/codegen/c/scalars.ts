// Scalar functions as C expressions. A function that has no text of its own is written as its formula.
import { at, fail } from "../../base/invariant.ts";
import type { MapNode } from "../../kernel/expression.ts";
import type { Formula, Primitive } from "../../scalar/primitives.ts";
import { isPrimitive, SCALARS, type BinaryFunction, type UnaryFunction } from "../../scalar/table.ts";
import { bare } from "./layout.ts";
import { floatText } from "./numbers.ts";
import type { OwnFunction } from "./own-functions.ts";

/** Returns the name of a function of ours, which the file then defines. */
export type NameOfOwn = (name: OwnFunction) => string;

/** An expression that can be an operand of any operator, from such operands. */
type Text = (own: NameOfOwn, ...operands: readonly string[]) => string;

function infix(operator: string): Text {
  return (_, a = "", b = "") => `(${a} ${operator} ${b})`;
}

/** 1 or 0 as a float. */
function comparison(operator: string): Text {
  return (_, a = "", b = "") => `(float)(${a} ${operator} ${b})`;
}

/** A function of `math.h`. */
function call(name: string): Text {
  return (_, ...operands) => `${name}(${operands.map(bare).join(", ")})`;
}

function ownCall(name: OwnFunction): Text {
  return (own, ...operands) => `${own(name)}(${operands.map(bare).join(", ")})`;
}

const PRIMITIVE_TEXTS: { readonly [P in Primitive]: Text } = {
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: infix("/"),
  pow: call("powf"),
  neg: (_, a = "") => `(-${a})`,
  min: ownCall("lesser"),
  max: ownCall("greater"),
  mod: ownCall("modulo"),
  lt: comparison("<"),
  le: comparison("<="),
  gt: comparison(">"),
  ge: comparison(">="),
  eq: comparison("=="),
  select: (_, condition = "", a = "", b = "") => `(${condition} != 0.0f ? ${a} : ${b})`,
  exp: call("expf"),
  log: call("logf"),
  log1p: call("log1pf"),
  sqrt: call("sqrtf"),
  tanh: call("tanhf"),
  sigmoid: ownCall("sigmoid"),
  sin: call("sinf"),
  cos: call("cosf"),
  abs: call("fabsf"),
  sign: ownCall("sign"),
  floor: call("floorf"),
  erf: call("erff"),
};

/** A function of operands; a formula may repeat them, so they should be names unless the function is a primitive. */
export function scalarText(name: UnaryFunction | BinaryFunction, own: NameOfOwn, operands: readonly string[]): string {
  if (isPrimitive(name)) return PRIMITIVE_TEXTS[name](own, ...operands);
  const row = SCALARS[name];
  return row.kind === "composed" ? formulaText(row.formula(), own, operands) : fail("c", `${name} has no formula`);
}

function formulaText(formula: Formula, own: NameOfOwn, operands: readonly string[]): string {
  switch (formula.kind) {
    case "argument":
      return at(operands, formula.index, "c");
    case "constant":
      return floatText(formula.value);
    case "result":
      return fail("c", "a formula cannot contain its own result");
    case "apply": {
      const inner = formula.arguments.map((each) => formulaText(each, own, operands));
      return PRIMITIVE_TEXTS[formula.primitive](own, ...inner);
    }
  }
}

/** Whether the text of a node may hold an operand more than once. */
export function mayRepeatOperands(node: MapNode): boolean {
  return (node.kind === "unary" || node.kind === "binary") && !isPrimitive(node.name);
}

/** A node's value, by the expressions of its operands. */
export function nodeText(
  node: Exclude<MapNode, { kind: "input" }>,
  own: NameOfOwn,
  operand: (node: number) => string,
): string {
  switch (node.kind) {
    case "constant":
      return node.type === "int32" ? `${node.value}` : floatText(node.value);
    case "unary":
      return scalarText(node.name, own, [operand(node.x)]);
    case "binary":
      return scalarText(node.name, own, [operand(node.a), operand(node.b)]);
    case "select":
      return PRIMITIVE_TEXTS.select(own, operand(node.condition), operand(node.a), operand(node.b));
    case "convert":
      return node.to === "float" ? `(float)${operand(node.x)}` : `${own("to_int")}(${bare(operand(node.x))})`;
  }
}
