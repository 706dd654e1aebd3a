// Every op of the table on every sample of its operands: what targets compute alike.
import { expect } from "vitest";
import { countOf, type NdArray } from "../../src/ops/nd.ts";
import type { OpRow } from "../../src/ops/row.ts";
import { parseType, shapeOf } from "../../src/shape/type.ts";
import type { Task } from "../support/float32.ts";
import { drawn } from "./arrays.ts";
import { CASES, POINTWISE_OPERANDS, SIZES, type Case } from "./cases.ts";
import { forwardGraph, gradientGraph, operandName } from "./gradient.ts";
import { rangesFor, type Range } from "./pointwise-cases.ts";

export function casesOf(row: OpRow): readonly Case[] {
  const own = CASES.get(row.name) ?? [];
  if (row.formula === undefined || row.arity === null) return own;
  const operands = POINTWISE_OPERANDS[row.arity] ?? [];
  return [...own, ...operands.map((types) => ({ title: types.join(" "), operands: types }))];
}

export function operandsOf(row: OpRow, one: Case): readonly NdArray[] {
  const ranges: readonly Range[] =
    row.formula === undefined || row.arity === null ? [] : rangesFor(row.name, row.formula, row.arity);
  return one.operands.map((type, index) => {
    const shape = shapeOf(parseType(type), SIZES);
    const values = one.values?.[index];
    if (values === undefined) return drawn(shape, index, ...(ranges[index] ?? [-1.5, 1.5]));
    expect(values.length, `values of operand ${index}`).toBe(countOf(shape));
    return { shape, data: Float64Array.from(values) };
  });
}

function named(operands: readonly NdArray[]): ReadonlyMap<string, NdArray> {
  return new Map(operands.map((operand, index) => [operandName(index), operand]));
}

/** The op alone; its result is `y`. */
export function forwardTask(row: OpRow, one: Case): Task {
  const graph = forwardGraph(row.name, one.operands, one.attributes ?? {});
  return { graph, inputs: named(operandsOf(row, one)), sizes: SIZES };
}

/** The cotangents `d0`, … of its operands, of one `w` that is drawn; null where it has no gradient. */
export function gradientTask(row: OpRow, one: Case): Task | null {
  const graph = gradientGraph(row.name, one.operands, one.attributes ?? {});
  if (graph === null) return null;
  const { graph: forward, inputs } = forwardTask(row, one);
  const weights = drawn(shapeOf(forward.output("y").type, SIZES), 77);
  return { graph, inputs: new Map([...inputs, ["w", weights]]), sizes: SIZES };
}
