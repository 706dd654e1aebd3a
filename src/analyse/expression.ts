// A node of a graph as an expression that a person would write: sums, products and powers flat, signs first, matrices as matrices.
import { at, fail } from "../base/invariant.ts";
import { printInput } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { isDim, isType } from "../graph/attributes.ts";
import type { Attribute, Node } from "../graph/node.ts";
import { productLabels, type Labels } from "../ops/rows/contract.ts";
import { rowOf } from "../ops/table.ts";
import { PRIMITIVES, type Formula, type PrimitiveRow } from "../scalar/primitives.ts";
import { printDim } from "../shape/dim.ts";
import { printType } from "../shape/type.ts";
import { movementOf } from "./dependence.ts";
import { ONCE } from "./step.ts";

export type Expression =
  | {
      readonly kind: "name";
      readonly name: string;
      readonly rank: number;
      readonly isWeight: boolean;
      /** Whether it is not a value of one step, but of the whole example. */
      readonly isOnce: boolean;
    }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "sum"; readonly terms: readonly Term[] }
  /** Element by element. */
  | { readonly kind: "product"; readonly factors: readonly Expression[] }
  | { readonly kind: "quotient"; readonly over: Expression; readonly under: Expression }
  | { readonly kind: "power"; readonly base: Expression; readonly exponent: Expression }
  | { readonly kind: "comparison"; readonly sign: string; readonly left: Expression; readonly right: Expression }
  /** Of matrices and columns. */
  | { readonly kind: "matrix-product"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "transposed"; readonly of: Expression }
  | { readonly kind: "slice"; readonly of: Expression; readonly from: string; readonly to: string }
  | {
      readonly kind: "call";
      readonly function: string;
      readonly arguments: readonly Expression[];
      readonly details: string;
    };

export interface Term {
  readonly isNegative: boolean;
  readonly value: Expression;
}

export function expressionOf(graph: Graph, id: string): Expression {
  const node = graph.node(id);
  const operands = node.operands.map((operand) => expressionOf(graph, operand));
  const first = operands[0];
  const { input } = node;
  if (input !== undefined) {
    const isWeight = input.kind === "symbol" && input.is === "weight";
    const isOnce = node.attributes["place"] === ONCE;
    return { kind: "name", name: printInput(input), rank: node.type.axes.length, isWeight, isOnce };
  }
  const { formula, language } = rowOf(node.op);
  if (formula !== undefined) return language === undefined ? applied(formula, operands) : call(language.name, operands);
  const labels = productLabels(node);
  if (labels !== undefined) return contracted(labels, operands);
  if (first === undefined) return leaf(node);
  return SPECIAL[node.op]?.(node, first) ?? general(graph, node, operands);
}

/** The ops that have a notation of their own. Any other is a call. */
const SPECIAL: Readonly<Record<string, (node: Node, operand: Expression) => Expression>> = {
  // Sizes are not written.
  broadcast: (_, operand) => operand,
  permute: (node, operand) => (node.type.axes.length === 2 ? transposed(operand) : call("permute", [operand])),
  slice: (node, operand) => {
    const [from = "", to = ""] = dimsOf(node);
    return { kind: "slice", of: operand, from, to };
  },
};

function general(graph: Graph, node: Node, operands: readonly Expression[]): Expression {
  const first = at(operands, 0, "expression");
  if (operands.length === 1 && movementOf(graph, node, 0) === "kept") return first;
  const { language } = rowOf(node.op);
  const isLast = node.attributes["axis"] === -1 || String(node.attributes["axes"]) === "-1";
  const isSaid = (key: string): boolean => !(isLast && /^ax[ei]s$/.test(key)) && key !== "dims";
  const details = Object.entries(node.attributes).filter(([key]) => isSaid(key));
  return call(
    language?.name ?? node.op,
    operands,
    details.map(([key, value]) => `${key} = ${shown(value)}`).join(", "),
  );
}

function shown(value: Attribute): string {
  if (Array.isArray(value)) return value.map(shown).join();
  return isDim(value) ? printDim(value) : isType(value) ? printType(value) : String(value);
}

function leaf(node: Node): Expression {
  const { value } = node.attributes;
  if (typeof value === "number") return { kind: "number", value };
  return call(node.op, [], dimsOf(node).join(", "));
}

function dimsOf(node: Node): readonly string[] {
  const { dims } = node.attributes;
  return Array.isArray(dims) ? dims.filter(isDim).map(printDim) : [];
}

function call(name: string, operands: readonly Expression[], details = ""): Expression {
  return { kind: "call", function: name, arguments: operands, details };
}

/** A scalar formula over the operands. */
function applied(formula: Formula, operands: readonly Expression[]): Expression {
  if (formula.kind === "argument") return at(operands, formula.index, "expression");
  if (formula.kind === "constant") return { kind: "number", value: formula.value };
  if (formula.kind === "result") return fail("expression", "a formula cannot contain its own result");
  const parts = formula.arguments.map((each) => applied(each, operands));
  const [a, b] = parts;
  if (a === undefined) return call(formula.primitive, []);
  const { notation }: PrimitiveRow = PRIMITIVES[formula.primitive];
  if (notation === "negative") return sum([{ isNegative: true, value: a }]);
  if (b === undefined) return call(formula.primitive, parts);
  switch (notation) {
    case undefined:
      return call(formula.primitive, parts);
    case "sum":
    case "difference":
      return sum([
        { isNegative: false, value: a },
        { isNegative: notation === "difference", value: b },
      ]);
    case "product":
      return product([a, b]);
    case "quotient":
      return { kind: "quotient", over: a, under: b };
    case "power":
      return { kind: "power", base: a, exponent: b };
    default:
      return { kind: "comparison", sign: notation.sign, left: a, right: b };
  }
}

/** Flat, with added terms before subtracted ones. */
function sum(terms: readonly Term[]): Expression {
  const flat = terms.flatMap(({ isNegative, value }) =>
    value.kind === "sum"
      ? value.terms.map((term) => ({ isNegative: term.isNegative !== isNegative, value: term.value }))
      : [{ isNegative, value }],
  );
  const ordered = [...flat.filter((term) => !term.isNegative), ...flat.filter((term) => term.isNegative)];
  const [only] = ordered;
  return only !== undefined && ordered.length === 1 && !only.isNegative ? only.value : { kind: "sum", terms: ordered };
}

/** Flat, with its sign first, and equal neighbours as a power. */
function product(factors: readonly Expression[]): Expression {
  let isNegative = false;
  const flat = factors.flatMap((factor): readonly Expression[] => {
    const [only] = factor.kind === "sum" ? factor.terms : [];
    const isSigned = factor.kind === "sum" && factor.terms.length === 1 && only?.isNegative === true;
    if (isSigned) isNegative = !isNegative;
    const value = isSigned && only !== undefined ? only.value : factor;
    return value.kind === "product" ? value.factors : [value];
  });
  const powers: Expression[] = [];
  for (const factor of flat) {
    const before = powers.at(-1);
    if (before !== undefined && same(before, factor)) {
      powers.splice(-1, 1, { kind: "power", base: before, exponent: { kind: "number", value: 2 } });
    } else powers.push(factor);
  }
  const numbers = powers.filter(({ kind }) => kind === "number");
  const others = powers.filter(({ kind }) => kind !== "number");
  const [only] = powers;
  const value: Expression =
    only !== undefined && powers.length === 1 ? only : { kind: "product", factors: [...numbers, ...others] };
  return isNegative ? sum([{ isNegative: true, value }]) : value;
}

function same(a: Expression, b: Expression): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function transposed(of: Expression): Expression {
  return of.kind === "transposed" ? of.of : { kind: "transposed", of };
}

/** Products of matrices, rows and columns; any other as `einsum`. */
function contracted({ left, right, out }: Labels, operands: readonly Expression[]): Expression {
  const [a, b] = [at(operands, 0, "expression"), at(operands, 1, "expression")];
  return (
    matrixProduct(left, a, right, b, out) ??
    matrixProduct(right, b, left, a, out) ??
    call("einsum", [
      { kind: "name", name: `"${left},${right}->${out}"`, rank: 0, isWeight: false, isOnce: false },
      a,
      b,
    ])
  );
}

/** `first @ second`, each transposed if that makes the labels fit; a column has one label. */
function matrixProduct(
  left: string,
  first: Expression,
  right: string,
  second: Expression,
  out: string,
): Expression | undefined {
  const [i = "", j = ""] = out;
  const summed = [...left].filter((label) => right.includes(label) && !out.includes(label));
  const [k = ""] = summed;
  if (summed.length > 1 || left.length > 2 || right.length > 2) return undefined;
  const fits = (labels: string, expected: string, value: Expression): Expression | undefined =>
    labels === expected
      ? value
      : labels.length === 2 && labels === [...expected].toReversed().join("")
        ? transposed(value)
        : undefined;
  // A column if one label is left, transposed if it is on the left.
  const row =
    left.length === 1
      ? left === i + k
        ? k === ""
          ? first
          : transposed(first)
        : undefined
      : fits(left, i + k, first);
  const column =
    right.length === 1
      ? right === k + j
        ? k === ""
          ? transposed(second)
          : second
        : undefined
      : fits(right, k + j, second);
  return row === undefined || column === undefined ? undefined : { kind: "matrix-product", left: row, right: column };
}
