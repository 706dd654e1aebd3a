// The scalar table's functions as expressions of vectors in C. Operands are names: they may be read several times.
import { at, fail } from "../../base/invariant.ts";
import type { MapNode } from "../../kernel/expression.ts";
import type { Formula } from "../../scalar/primitives.ts";
import { SCALARS, type BinaryFunction, type ScalarRow, type UnaryFunction } from "../../scalar/table.ts";

const OPERATORS: Readonly<Record<string, string>> = { add: "+", sub: "-", mul: "*", div: "/" };
const SIGNS = { lt: "<", le: "<=", gt: ">", ge: ">=", eq: "==" } as const;

/** A float constant, exact; infinities and NaN by what GCC and Clang build in. */
export function floatVector(value: number): string {
  if (Number.isNaN(value)) return 'splat(__builtin_nanf(""))';
  if (!Number.isFinite(value)) return `splat(${value < 0 ? "-" : ""}__builtin_inff())`;
  const rounded = Math.fround(value);
  const text = Object.is(rounded, -0) ? "-0" : String(rounded);
  return `splat(${/[.e]/.test(text) ? text : `${text}.0`}f)`;
}

/** A function's value, by its column for WebAssembly, whose functions have the same names here. */
export function scalarVector(name: UnaryFunction | BinaryFunction, operands: readonly string[]): string {
  const row: ScalarRow = SCALARS[name];
  const { wasm } = row.targets ?? fail("native", `${name} has no columns`);
  switch (wasm.kind) {
    case "comparison":
      return `flag(${operands.join(` ${SIGNS[wasm.name]} `)})`;
    case "instruction":
    case "instruction-of-two":
    case "own":
    case "host":
      return applied(wasm.name, operands);
    case "formula":
      return row.kind === "composed" ? ofFormula(row.formula(), operands) : fail("native", `${name} has no formula`);
  }
}

function applied(name: string, operands: readonly string[]): string {
  const operator = OPERATORS[name];
  return operator === undefined ? `${name}_(${operands.join(", ")})` : `(${operands.join(` ${operator} `)})`;
}

/** A formula whose functions are single instructions. */
function ofFormula(formula: Formula, operands: readonly string[]): string {
  if (formula.kind === "argument") return at(operands, formula.index, "native");
  if (formula.kind === "constant") return floatVector(formula.value);
  if (formula.kind === "result") return fail("native", "a formula cannot contain its own result");
  return applied(
    formula.primitive,
    formula.arguments.map((each) => ofFormula(each, operands)),
  );
}

/** A node's value. Integers are kept as the bits of floats. */
export function nodeVector(node: Exclude<MapNode, { kind: "input" }>, value: (node: number) => string): string {
  switch (node.kind) {
    case "constant":
      return node.type === "int32" ? `(vec)whole(${intText(node.value)})` : floatVector(node.value);
    case "unary":
      return scalarVector(node.name, [value(node.x)]);
    case "binary":
      return scalarVector(node.name, [value(node.a), value(node.b)]);
    case "select":
      return `choose(${value(node.condition)} != splat(0), ${value(node.a)}, ${value(node.b)})`;
    case "convert":
      return `${node.to === "float" ? "to_float" : "to_int"}(${value(node.x)})`;
  }
}

/** The least integer has no literal in C. */
function intText(value: number): string {
  return value === -(2 ** 31) ? "INT32_MIN" : String(value);
}
