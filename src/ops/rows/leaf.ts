// Ops without operands, the masks of ragged sequences, and `stopgradient`.
import { at } from "../../base/invariant.ts";
import { constantOf, ONE, type Dim } from "../../shape/dim.ts";
import { plain, SCALAR, type Axis } from "../../shape/type.ts";
import { BOOLEAN, NUMBER, ONE_SIZE, oneOf, optional } from "../attribute-forms.ts";
import { filled, zeros, type NdArray } from "../nd.ts";
import { none, type OpRow, type RunContext } from "../row.ts";
import { dimValue } from "../run-context.ts";

/** Which steps of a time `dims[0]`; the defaults of `drop`, `memory` and `after` are 0 and false. */
type MaskAttributes = {
  readonly dims: readonly [time: Dim];
  readonly which: "real" | "last" | "first" | "moves";
  readonly drop?: number;
  readonly memory?: boolean;
  readonly after?: number;
};

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly constant: { readonly value: number; readonly integer?: boolean };
    readonly size: { readonly dims: readonly [Dim]; readonly integer?: boolean };
    readonly range: { readonly dims: readonly [Dim] };
    readonly eye: { readonly dims: readonly [Dim] };
    readonly mask: MaskAttributes;
    readonly stopgradient: NoAttributes;
  }
}

const NOT_DIFFERENTIABLE = none("it has no float operand");

const CONSTANT: OpRow<"constant"> = {
  name: "constant",
  doc: "the number `value`; a token where `integer`",
  attributes: { value: NUMBER, integer: optional(BOOLEAN) },
  arity: 0,
  expensive: false,
  type: (_, attributes) => ({ dtype: attributes.integer === true ? "int" : "float", axes: [] }),
  gradient: NOT_DIFFERENTIABLE,
  evaluate: (_, context) => filled([], context.attributes.value),
  lower: (ops, _, context) => {
    const value = context.attributes.value;
    return context.result.dtype === "int" ? ops.fillInt([], value) : ops.fill([], value);
  },
};

const SIZE: OpRow<"size"> = {
  name: "size",
  doc: "the size `dims[0]` as a number; as a token where `integer`",
  attributes: { dims: ONE_SIZE, integer: optional(BOOLEAN) },
  arity: 0,
  expensive: false,
  type: (_, attributes) => (attributes.integer === true ? { dtype: "int", axes: [] } : SCALAR),
  gradient: NOT_DIFFERENTIABLE,
  evaluate: (_, context) => filled([], dimValue(context, 0)),
  lower: (ops, _, context) => {
    const value = dimValue(context, 0);
    if (context.result.dtype === "int") return ops.fillInt([], value);
    // From the host where it differs from run to run: a number in a kernel's text would be another text for each length.
    const isFixed = constantOf(context.attributes.dims[0]) !== undefined;
    return isFixed ? ops.fill([], value) : ops.fromHost(Float32Array.of(value), []);
  },
};

const RANGE: OpRow<"range"> = {
  name: "range",
  doc: "0, 1, …, dims[0] - 1",
  attributes: { dims: ONE_SIZE },
  arity: 0,
  expensive: false,
  type: (_, attributes) => ({ dtype: "float", axes: [plain(attributes.dims[0])] }),
  gradient: NOT_DIFFERENTIABLE,
  evaluate: (_, context) => ({
    shape: context.result.shape,
    data: Float64Array.from({ length: dimValue(context, 0) }, (__, i) => i),
  }),
  lower: (ops, _, context) =>
    ops.fromHost(
      Float32Array.from({ length: dimValue(context, 0) }, (__, i) => i),
      context.result.shape,
    ),
};

function eye(n: number): Float64Array {
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) data[i * (n + 1)] = 1;
  return data;
}

const EYE: OpRow<"eye"> = {
  name: "eye",
  doc: "the identity of size `dims[0]`",
  attributes: { dims: ONE_SIZE },
  arity: 0,
  expensive: false,
  type: (_, attributes) => {
    const size = attributes.dims[0];
    return { dtype: "float", axes: [plain(size), plain(size)] };
  },
  gradient: NOT_DIFFERENTIABLE,
  evaluate: (_, context) => ({ shape: context.result.shape, data: eye(dimValue(context, 0)) }),
  lower: (ops, _, context) => ops.fromHost(Float32Array.from(eye(dimValue(context, 0))), context.result.shape),
};

/** Whether `which` marks step `t` of `T`, for an example of `length`. */
function isMarked(attributes: MaskAttributes, t: number, length: number, T: number): boolean {
  switch (attributes.which) {
    case "last":
      return t === length - 1;
    case "first":
      return t === 0 && length > 0;
    case "moves":
      return t < length - 1 || t === T - 1;
    case "real":
      return t < length - (attributes.drop ?? 0);
  }
}

/**
 * `which`: `real` (t < length - drop), `last` or `first` of each example's own steps. Without an operand every example has T steps.
 * `moves`: all steps before the example's last one, and the last step of the time. A state that is only updated at these steps keeps
 * its value before the last step while the padding computes that step again, and takes its result at the very end.
 * `memory`: the axis of time is a memory's, with `after` own axes behind it.
 */
const MASK: OpRow<"mask"> = {
  name: "mask",
  doc: "1 at the steps of a time `dims[0]` that `which` names, by each example's length, else 0",
  attributes: {
    dims: ONE_SIZE,
    which: oneOf("real", "last", "first", "moves"),
    drop: optional(NUMBER),
    memory: optional(BOOLEAN),
    after: optional(NUMBER),
  },
  arity: null,
  expensive: false,
  readsLengths: true,
  type: (operands, attributes) => {
    const size = attributes.dims[0];
    const batch = operands[0]?.axes ?? [];
    const isMemory = attributes.memory === true;
    const after = Array.from({ length: attributes.after ?? 0 }, () => plain(ONE));
    const time: Axis = { tag: isMemory ? "memory" : "time", size };
    return { dtype: "float", axes: isMemory ? [...batch, time, ...after] : [time, ...batch, ...after] };
  },
  gradient: none("it is made of lengths"),
  evaluate: ([lengths], context) => {
    const { count, isMemory } = maskSizes(context);
    const T = dimValue(context, 0);
    const out = zeros(context.result.shape);
    for (let b = 0; b < count; b++) {
      const length = lengths?.data[b] ?? T;
      for (let t = 0; t < T; t++)
        if (isMarked(context.attributes, t, length, T)) out.data[isMemory ? b * T + t : t * count + b] = 1;
    }
    return out;
  },
  lower: (ops, [lengths], context) => {
    const { count, isMemory } = maskSizes(context);
    const T = dimValue(context, 0);
    const steps = ops.fromHost(
      Float32Array.from({ length: T }, (_, t) => t),
      isMemory ? [1, T] : [T, 1],
    );
    const length =
      lengths === undefined
        ? ops.fromHost(Float32Array.of(T), [1, 1])
        : ops.reshape(ops.toFloat(lengths), isMemory ? [count, 1] : [1, count]);
    const drop = context.attributes.drop ?? 0;
    const behind = ops.binary("sub", length, steps);
    if (context.attributes.which === "real")
      return ops.reshape(ops.binary("gt", behind, ops.fill([], drop)), context.result.shape);
    if (context.attributes.which === "moves") {
      // A host array, like the steps: a constant would be part of the kernel's text, which must not depend on the length.
      const isEnd = ops.fromHost(
        Float32Array.from({ length: T }, (_, t) => (t === T - 1 ? 1 : 0)),
        isMemory ? [1, T] : [T, 1],
      );
      return ops.reshape(ops.binary("max", ops.binary("gt", behind, ops.fill([], 1)), isEnd), context.result.shape);
    }
    const isStep =
      context.attributes.which === "last"
        ? ops.binary("eq", behind, ops.fill([], 1))
        : ops.binary("lt", steps, ops.fill([], 1));
    return ops.reshape(ops.binary("mul", isStep, ops.binary("gt", behind, ops.fill([], 0))), context.result.shape);
  },
};

function maskSizes(context: RunContext<"mask">): { count: number; isMemory: boolean } {
  return { count: context.operands[0]?.shape[0] ?? 1, isMemory: context.attributes.memory === true };
}

const STOPGRADIENT: OpRow<"stopgradient"> = {
  name: "stopgradient",
  doc: "the value itself; no gradient passes",
  attributes: {},
  arity: 1,
  expensive: false,
  type: (operands) => at(operands, 0, "stopgradient"),
  gradient: { ...none("that is what it is for"), isStop: true },
  evaluate: ([x = zeros([])]): NdArray => x,
  lower: (_, operands) => at(operands, 0, "stopgradient"),
};

export const LEAF = { constant: CONSTANT, size: SIZE, range: RANGE, eye: EYE, mask: MASK, stopgradient: STOPGRADIENT };
