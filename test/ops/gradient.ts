// The gradient rule of one row, built on its own: the vjp of sum(op(x) · w), and what central differences say it is.
import { data } from "../../src/graph/border.ts";
import { Builder } from "../../src/ops/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { OpName, Attributes } from "../../src/graph/node.ts";
import { rowOf } from "../../src/ops/table.ts";
import { none, type GradientContext, type GradientRule, type NoGradient } from "../../src/ops/row.ts";
import { parseType, type Type } from "../../src/shape/type.ts";

export function operandName(index: number): string {
  return `x${index}`;
}

function withOp(
  op: OpName,
  types: readonly Type[],
  attributes: Attributes,
): { build: Builder; operands: string[]; result: string } {
  const build = new Builder();
  const operands = types.map((type, index) => build.input(data(operandName(index)), type));
  return { build, operands, result: build.op(op, operands, attributes) };
}

/** A graph of the op alone, its operands as inputs `x0`, `x1`, …, its result as `y`. */
export function forwardGraph(op: OpName, operands: readonly string[], attributes: Attributes): Graph {
  const { build, result } = withOp(op, operands.map(parseType), attributes);
  return build.finish(op, new Map([["y", result]]));
}

export function ruleOf(gradient: GradientRule | NoGradient): GradientRule | undefined {
  return "none" in gradient ? undefined : gradient;
}

export function reasonOf(gradient: GradientRule | NoGradient): string {
  return "none" in gradient ? gradient.none : none("").none;
}

/** A graph from `x0`, … and the weights `w` of the result to the cotangents `d0`, …; null where the rule gives none. */
export function gradientGraph(op: OpName, operands: readonly string[], attributes: Attributes): Graph | null {
  const rule = ruleOf(rowOf(op).gradient);
  if (rule === undefined) return null;
  const { build, operands: inputs, result } = withOp(op, operands.map(parseType), attributes);
  const types = inputs.map((input) => build.type(input));
  const cotangent = build.input(data("w"), build.type(result));
  const node = build.node(result);
  const context: GradientContext = {
    build,
    node,
    cotangent,
    operand: (index) => inputs[index] ?? result,
    result: () => result,
    operandType: (index) => types[index] ?? build.type(result),
    needs: (index) => types[index]?.dtype === "float",
  };
  const cotangents = rule(context);
  const outputs = cotangents.flatMap((id, index) => (id === null ? [] : [[`d${index}`, id] as const]));
  return build.finish(`${op} gradient`, new Map(outputs));
}
