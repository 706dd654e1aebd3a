// The values in the padding of a ragged batch. They are copies of real values, so that they are finite if those are.
// After its end an example keeps the values of its last step. An example without steps gets the values of another example.
// No result depends on them: everything that reads steps is masked by the true lengths.
import { UserError } from "../../base/diagnostic.ts";
import { at, fail } from "../../base/invariant.ts";
import type { Dim } from "../../shape/dim.ts";
import { countThinned } from "../../shape/thinned.ts";
import { timeOf, type Type } from "../../shape/type.ts";
import { NUMBER, ONE_SIZE } from "../attribute-forms.ts";
import { countOf, zeros, type NdArray } from "../nd.ts";
import { firstType, none, type OpRow, type RunContext } from "../row.ts";
import { sumTo } from "../sum-to.ts";
import type { TensorOps } from "../tensor-ops.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly thinned: { readonly dims: readonly [time: Dim]; readonly every: number };
    readonly hold: NoAttributes;
    readonly borrow: NoAttributes;
  }
}

/** Indices are computed in float32, which holds every integer up to here. */
const MOST_PLACES = 2 ** 24;

/** For each example, the index of the example that stands in for it: itself, or the longest if it has no steps. */
function standIns(lengths: NdArray): readonly number[] {
  const longest = lengths.data.reduce((best, length, b) => (length > (lengths.data[best] ?? 0) ? b : best), 0);
  return Array.from(lengths.data, (length, b) => (length > 0 ? b : longest));
}

/** The same indices as `[1, B]` floats, with the lengths of those examples. */
function lowerStandIns<T>(ops: TensorOps<T>, lengths: T, count: number): { readonly example: T; readonly length: T } {
  const length = ops.reshape(ops.toFloat(lengths), [1, count]);
  const hasSteps = ops.binary("gt", length, ops.fill([], 0));
  const own = ops.fromHost(
    Float32Array.from({ length: count }, (_, b) => b),
    [1, count],
  );
  const longest = ops.reshape(ops.toFloat(ops.argmax(length, 1)), [1, 1]);
  return {
    example: ops.select(hasSteps, own, longest),
    length: ops.select(hasSteps, length, ops.reshape(ops.reduce("max", length, [1]), [1, 1])),
  };
}

/** The rows of `x`, reshaped to `[rows, …]`, at `places`. */
function taken<T>(ops: TensorOps<T>, x: T, places: T, { rows, context }: { rows: number; context: RunContext }): T {
  const { shape, dtype } = context.result;
  const count = countOf(ops.shape(places));
  const width = countOf(shape) / count;
  const table = ops.reshape(dtype === "int" ? ops.toFloat(x) : x, [rows, width]);
  const found = ops.reshape(ops.gather(table, ops.toInt(ops.reshape(places, [count]))), shape);
  return dtype === "int" ? ops.toInt(found) : found;
}

function copyRows(x: NdArray, shape: readonly number[], places: readonly number[]): NdArray {
  const out = zeros(shape);
  const width = places.length === 0 ? 0 : out.data.length / places.length;
  places.forEach((place, index) => out.data.set(x.data.subarray(place * width, (place + 1) * width), index * width));
  return { shape, data: out.data };
}

function hasBatch({ axes }: { readonly axes: Type["axes"] | RunContext["result"]["axes"] }): boolean {
  return axes.some(({ tag }) => tag === "batch");
}

const HOLD: OpRow<"hold"> = {
  name: "hold",
  doc: "a sequence by each example's length: behind its end the value of its last step; an example without steps is another one",
  attributes: {},
  arity: 2,
  expensive: false,
  readsLengths: true,
  type: ([x, lengths]) => {
    const [time, ...rest] = at([x], 0, "hold")?.axes ?? [];
    const own = rest.filter(({ tag }) => tag !== "batch");
    return {
      dtype: x?.dtype ?? "float",
      axes: [...(time === undefined ? [] : [time]), ...(lengths?.axes ?? []), ...own],
    };
  },
  // The cotangents of the padding are added to the last step. An example without steps has no gradient, since nothing reads it.
  gradient: ({ build, node, cotangent, operand, operandType, needs }) => {
    if (!needs(0)) return [null, null];
    const type = operandType(0);
    const time = timeOf(node.type) ?? fail("hold", "no time");
    const marks = (which: "real" | "last"): string => {
      return build.op("mask", [operand(1)], { which, dims: [time], memory: false, after: 0, drop: 0 });
    };
    const zero = build.constant(0);
    const behind = build.op("select", [marks("real"), zero, cotangent]);
    const sum = build.op("sum", [behind], { axes: [-build.type(cotangent).axes.length] });
    const own = build.op("select", [marks("real"), cotangent, zero]);
    return [sumTo(build, build.op("add", [own, build.op("select", [marks("last"), sum, zero])]), type), null];
  },
  evaluate: ([x = zeros([]), lengths = zeros([])], context) => {
    const [T = 0, B = 0] = context.result.shape;
    const examples = standIns(lengths);
    const places = Array.from({ length: T * B }, (_, index) => {
      const example = at(examples, index % B, "hold");
      const t = Math.min(Math.floor(index / B), Math.max(0, (lengths.data[example] ?? 0) - 1));
      return hasBatch(at(context.operands, 0, "hold")) ? t * B + example : t;
    });
    return copyRows(x, context.result.shape, places);
  },
  lower: (ops, [x, lengths], context) => {
    const { shape } = context.result;
    const [T = 0, B = 0] = shape;
    if (x === undefined || lengths === undefined || countOf(shape) === 0) return ops.fill(shape, 0);
    if (T * B > MOST_PLACES)
      throw new UserError(
        `a batch of ${B} examples of different lengths, with up to ${T} steps each, is too large: steps × examples may be ${MOST_PLACES} at most. Give smaller batches`,
      );
    const { example, length } = lowerStandIns(ops, lengths, B);
    const steps = ops.fromHost(
      Float32Array.from({ length: T }, (_, t) => t),
      [T, 1],
    );
    const last = ops.binary("max", ops.binary("sub", length, ops.fill([], 1)), ops.fill([], 0));
    const step = ops.binary("min", steps, last);
    if (!hasBatch(at(context.operands, 0, "hold"))) return taken(ops, x, step, { rows: T, context });
    const place = ops.binary("add", ops.binary("mul", step, ops.fromHost(Float32Array.of(B), [1, 1])), example);
    return taken(ops, x, place, { rows: T * B, context });
  },
};

const BORROW: OpRow<"borrow"> = {
  name: "borrow",
  doc: "a value of each example, for those without steps that of another one; by the lengths of the time where it is used",
  attributes: {},
  arity: 2,
  expensive: false,
  type: (operands) => firstType(operands),
  gradient: ({ build, cotangent, operand, operandType, needs }) => {
    if (!needs(0) || operandType(0).dtype === "int") return [null, null];
    const hasSteps = build.op("gt", [build.op("float", [operand(1)]), build.constant(0)]);
    return [build.op("select", [hasSteps, cotangent, build.constant(0)]), null];
  },
  evaluate: ([x = zeros([]), lengths = zeros([])], context) => copyRows(x, context.result.shape, standIns(lengths)),
  lower: (ops, [x, lengths], context) => {
    const { shape } = context.result;
    const [B = 0] = shape;
    if (x === undefined || lengths === undefined || countOf(shape) === 0) return ops.fill(shape, 0);
    return taken(ops, x, lowerStandIns(ops, lengths, B).example, { rows: B, context });
  },
};

const THINNED: OpRow<"thinned"> = {
  name: "thinned",
  doc: "the lengths of the time `dims[0]`, which has each `every`-th step of another time, by the lengths of that",
  attributes: { dims: ONE_SIZE, every: NUMBER },
  arity: 1,
  expensive: false,
  isLengths: true,
  type: (operands) => firstType(operands),
  gradient: none("lengths are whole numbers"),
  evaluate: ([x = zeros([])], { attributes: { every } }) => ({
    shape: x.shape,
    data: x.data.map((length) => countThinned(length, every)),
  }),
  // The quotient is rounded up: half of a step is far more than the error of its division.
  lower: (ops, operands, { attributes: { every } }) => {
    const last = ops.binary("add", ops.toFloat(at(operands, 0, "thinned")), ops.fill([], every - 0.5));
    return ops.toInt(ops.unary("floor", ops.binary("div", last, ops.fill([], every))));
  },
};

export const RAGGED = { hold: HOLD, borrow: BORROW, thinned: THINNED };
