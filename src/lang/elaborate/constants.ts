// Constant arrays: what a `const` and a list of numbers hold. A value that is made of numbers and sizes alone becomes a formula, which
// is computed in float64 before a program runs. With sizes that are known it is computed now, so that its errors have a place.
import { UserError } from "../../base/diagnostic.ts";
import type { Span } from "../../base/source.ts";
import { sizeNamesOf } from "../../graph/attributes.ts";
import { sizeOfFormula, stepsOf, valueOfFormula, type FormulaStep, type MatrixFunction } from "../../ops/formula.ts";
import { isRow } from "../../ops/table.ts";
import { constant, constantOf, substitute, symbol, type Dim } from "../../shape/dim.ts";
import { wrongType } from "../messages.ts";
import type { Elaboration } from "./context.ts";
import type { NodeValue, Value } from "./value.ts";

/** Whether nothing that a program is given reaches this node. */
export function isConstant({ build }: Elaboration, id: string): boolean {
  const met = new Set([id]);
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = build.node(next);
    if (!isRow(node.op) || node.region !== null) return false;
    for (const operand of node.operands) if (!met.has(operand)) open.push(operand);
    node.operands.forEach((operand) => met.add(operand));
  }
  return true;
}

/** A constant value as one formula; a number if it is a scalar of known sizes. */
export function asFormula(context: Elaboration, value: NodeValue, apply: MatrixFunction, span: Span): Value {
  const { build, unifier } = context;
  const { steps, sizes } = written(context, value.id);
  const dims = sizes.map((name) => unifier.resolve(symbol(name)));
  const numbers = dims.map(constantOf).filter((size) => size !== undefined);
  if (numbers.length === dims.length) {
    const known = computed(() => valueOfFormula(steps, apply, numbers));
    if (typeof known === "string") return context.report(wrongType(known, span));
    const [number = NaN] = known.data;
    if (known.shape.length === 0 && Number.isFinite(number)) return { kind: "static", value: constant(number) };
  }
  const id = build.outermost(() => build.op("formula", [], { steps, apply, dims, type: context.type(value) }));
  return { ...value, id };
}

function computed<T>(compute: () => T): T | string {
  try {
    return compute();
  } catch (problem) {
    if (problem instanceof UserError) return problem.message;
    throw problem;
  }
}

interface Written {
  readonly steps: readonly FormulaStep[];
  /** The names that the steps call `d0`, `d1`, … */
  readonly sizes: readonly string[];
}

function written(context: Elaboration, id: string): Written {
  const { build, unifier } = context;
  const outputs = new Map([["value", id]]);
  const { graph } = build.finishSized("formula", outputs, (dim) => unifier.resolve(dim));
  const sizes = [...new Set(graph.all().flatMap(sizeNamesOf))];
  const neutral = new Map(sizes.map((name, index) => [name, symbol(sizeOfFormula(index))]));
  const renamed = (dim: Dim): Dim => substitute(unifier.resolve(dim), (name) => neutral.get(name));
  return { steps: stepsOf(build.finishSized("formula", outputs, renamed).graph), sizes };
}
