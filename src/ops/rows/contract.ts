// Products of two arrays with labelled axes: `tbj,ij->tbi` multiplies x [T, B, I] by W [H, I]. Every bilinear op is this one.
import { at, invariant } from "../../base/invariant.ts";
import { ShapeMismatch } from "../../shape/broadcast.ts";
import type { Axis, Type } from "../../shape/type.ts";
import type { AxisComparison } from "../../shape/unify.ts";
import { TEXT } from "../attribute-forms.ts";
import { countOf, offsets, stridesOf, type NdArray } from "../nd.ts";
import type { OpRow, RunContext } from "../row.ts";
import type { TensorOps } from "../tensor-ops.ts";
import { isOp, type Node } from "../../graph/node.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly contract: Labels;
  }
}

/** `left` and `right` hold one letter for each axis of the operands, `out` for each of the result. */
export type Labels = {
  readonly left: string;
  readonly right: string;
  readonly out: string;
};

/** The labels of a product; undefined for any other node. */
export function productLabels(node: Node): Labels | undefined {
  return isOp(node, "contract") ? node.attributes : undefined;
}

function contractType(operands: readonly Type[], labels: Labels, compare: AxisComparison): Type {
  const axes = new Map<string, Axis>();
  [labels.left, labels.right].forEach((text, operand) => {
    const type = at(operands, operand, "contract");
    invariant(text.length === type.axes.length, "contract", `labels ${text} for ${type.axes.length} axes`);
    [...text].forEach((label, position) => {
      const axis = at(type.axes, position, "contract");
      const known = axes.get(label);
      const same = known === undefined ? axis : compare.same(known, axis);
      if (same === undefined) throw new ShapeMismatch("contracted sizes differ", [0, 1], [known, axis]);
      axes.set(label, same);
    });
  });
  const out = [...labels.out].map((label) => axes.get(label)).filter((axis) => axis !== undefined);
  invariant(out.length === labels.out.length, "contract", `${labels.out} has a label of neither operand`);
  for (const label of axes.keys()) {
    const count = [labels.left, labels.right, labels.out].filter((text) => text.includes(label)).length;
    invariant(count >= 2, "contract", `the label ${label} stands in one place only`);
  }
  return { dtype: "float", axes: out };
}

function sizesOf(labels: Labels, context: RunContext<"contract">): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  [labels.left, labels.right].forEach((text, operand) =>
    [...text].forEach((label, position) =>
      sizes.set(label, at(at(context.operands, operand, "contract").shape, position, "contract")),
    ),
  );
  return sizes;
}

function evaluateContract(operands: readonly NdArray[], context: RunContext<"contract">): NdArray {
  const labels = context.attributes;
  const sizes = sizesOf(labels, context);
  const summed = [...new Set(labels.left + labels.right)].filter((label) => !labels.out.includes(label));
  const sizesFor = (text: Iterable<string>): readonly number[] => [...text].map((label) => sizes.get(label) ?? 1);
  const stepsFor = (text: string, shape: readonly number[], along: Iterable<string>): readonly number[] => {
    const strides = stridesOf(shape);
    return [...along].map((label) => (text.includes(label) ? at(strides, text.indexOf(label), "contract") : 0));
  };
  const [a, b] = [at(operands, 0, "contract"), at(operands, 1, "contract")];
  const outShape = sizesFor(labels.out);
  const sumShape = sizesFor(summed);
  const leftOut = offsets(outShape, stepsFor(labels.left, a.shape, labels.out));
  const rightOut = offsets(outShape, stepsFor(labels.right, b.shape, labels.out));
  const leftSum = offsets(sumShape, stepsFor(labels.left, a.shape, summed));
  const rightSum = offsets(sumShape, stepsFor(labels.right, b.shape, summed));
  const data = new Float64Array(countOf(outShape));
  for (let i = 0; i < data.length; i++) {
    const [l, r] = [leftOut[i] ?? 0, rightOut[i] ?? 0];
    let sum = 0;
    for (let k = 0; k < leftSum.length; k++)
      sum += (a.data[l + (leftSum[k] ?? 0)] ?? NaN) * (b.data[r + (rightSum[k] ?? 0)] ?? NaN);
    data[i] = sum;
  }
  return { shape: context.result.shape, data };
}

/** The labels by their part: batch (in all three), contracted (not in the result), only in the left, only in the right. */
export function classify(labels: Labels): { batch: string; contracted: string; left: string; right: string } {
  const pick = (text: string, test: (label: string) => boolean): string => [...text].filter(test).join("");
  const inLeft = (label: string): boolean => labels.left.includes(label);
  const inRight = (label: string): boolean => labels.right.includes(label);
  return {
    batch: pick(labels.out, (label) => inLeft(label) && inRight(label)),
    contracted: pick(labels.left, (label) => inRight(label) && !labels.out.includes(label)),
    left: pick(labels.out, (label) => inLeft(label) && !inRight(label)),
    right: pick(labels.out, (label) => inRight(label) && !inLeft(label)),
  };
}

/** Transposes and reshapes `x` from the axes `from` to one axis for each group of `to`. */
function arrange<T>(ops: TensorOps<T>, x: T, from: string, to: readonly string[]): T {
  const order = [...to.join("")].map((label) => from.indexOf(label));
  const shape = ops.shape(x);
  const isOrdered = order.every((axis, index) => axis === index);
  const moved = isOrdered ? x : ops.transpose(x, order);
  const grouped = to.map((group) => countOf([...group].map((label) => at(shape, from.indexOf(label), "contract"))));
  return ops.shape(moved).join() === grouped.join() ? moved : ops.reshape(moved, grouped);
}

function lowerContract<T>(ops: TensorOps<T>, operands: readonly T[], context: RunContext<"contract">): T {
  const labels = context.attributes;
  const groups = classify(labels);
  const [a, b] = [at(operands, 0, "contract"), at(operands, 1, "contract")];
  // Rows are what comes first in the result: time and examples. So the kernel of a product does not depend on their number, and a weight
  // that is written on the left of a matrix is packed once.
  const first = [...labels.out].find((label) => !groups.batch.includes(label));
  const swap = groups.left !== "" && first !== undefined && groups.right.includes(first);
  const batch = groups.batch === "" ? [] : [groups.batch];
  const rows = swap ? { x: b, from: labels.right, own: groups.right } : { x: a, from: labels.left, own: groups.left };
  const columns = swap
    ? { x: a, from: labels.left, own: groups.left }
    : { x: b, from: labels.right, own: groups.right };
  const product = ops.matmul(
    arrange(ops, rows.x, rows.from, [...batch, rows.own, groups.contracted]),
    arrange(ops, columns.x, columns.from, [...batch, groups.contracted, columns.own]),
  );
  const got = groups.batch + rows.own + columns.own;
  const sizes = sizesOf(labels, context);
  const open = ops.reshape(
    product,
    [...got].map((label) => sizes.get(label) ?? 1),
  );
  return got === labels.out
    ? open
    : ops.transpose(
        open,
        [...labels.out].map((label) => got.indexOf(label)),
      );
}

export const CONTRACT: OpRow<"contract"> = {
  name: "contract",
  doc: "sums products over the axes whose labels the result lacks; `left`, `right` and `out` hold one letter an axis",
  attributes: { left: TEXT, right: TEXT, out: TEXT },
  arity: 2,
  expensive: true,
  type: (operands, attributes, compare) => contractType(operands, attributes, compare),
  gradient: ({ build, node, cotangent, operand, needs }) => {
    const { left, right, out } = node.attributes;
    return [
      needs(0) ? build.op("contract", [cotangent, operand(1)], { left: out, right, out: left }) : null,
      needs(1) ? build.op("contract", [cotangent, operand(0)], { left: out, right: left, out: right }) : null,
    ];
  },
  evaluate: evaluateContract,
  lower: lowerContract,
};
