// The op table's functions of numbers as WGSL expressions of names.
import type { MapNode } from "../../kernel/expression.ts";
import type { BinaryFunction, UnaryFunction } from "../../ops/tensor-ops.ts";
import { floatOf } from "./functions.ts";

/** A node's value, by the expressions of its operands. */
export function valueOf(node: Exclude<MapNode, { kind: "input" }>, operand: (node: number) => string): string {
  switch (node.kind) {
    case "constant":
      return node.type === "int32" ? `i32(${node.value})` : floatOf(node.value);
    case "unary":
      return unary(node.name, operand(node.x));
    case "binary":
      return binary(node.name, operand(node.a), operand(node.b));
    case "select":
      return `select(${operand(node.b)}, ${operand(node.a)}, ${operand(node.condition)} != 0.0)`;
    case "convert":
      return node.to === "float" ? `f32(${operand(node.x)})` : `toInteger(${operand(node.x)})`;
  }
}

function unary(name: UnaryFunction, x: string): string {
  switch (name) {
    case "neg":
      return `-(${x})`;
    case "square":
      return `${x} * ${x}`;
    case "abs":
    case "floor":
    case "sqrt":
      return `${name}(${x})`;
    case "sin":
      return `turned(${x}, 0)`;
    case "cos":
      return `turned(${x}, 1)`;
    case "exp":
    case "log":
    case "tanh":
    case "sign":
      return `${name}_(${x})`;
    case "sigmoid":
    case "relu":
    case "log1p":
    case "softplus":
    case "elu":
    case "erf":
      return `${name}(${x})`;
  }
}

const OPERATORS = { add: "+", sub: "-", mul: "*", div: "/", lt: "<", le: "<=", gt: ">", ge: ">=", eq: "==" } as const;

function binary(name: BinaryFunction, a: string, b: string): string {
  switch (name) {
    case "add":
    case "sub":
    case "mul":
    case "div":
      return `${a} ${OPERATORS[name]} ${b}`;
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "eq":
      return `select(0.0, 1.0, ${a} ${OPERATORS[name]} ${b})`;
    case "min":
      return `least(${a}, ${b})`;
    case "max":
      return `greatest(${a}, ${b})`;
    case "pow":
      return `power(${a}, ${b})`;
    case "mod":
      return `modulo(${a}, ${b})`;
  }
}
