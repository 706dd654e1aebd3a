// How PyTorch writes each op.
import { at } from "../../base/invariant.ts";
import type { Along, OpTable, Plain, Words } from "../source/dialect.ts";
import { attribute, binary, call, list, method, number, tuple } from "../source/expression.ts";
import { arrayOf, floatOf, fromLeft, operandOf, pointwise, sharedOps } from "../python/shared-ops.ts";
import { sizesOf } from "../source/type-sizes.ts";
import { withNone } from "../python/new-axes.ts";
import { softmaxAlong } from "../python/softmax.ts";
import { running } from "../python/running.ts";
import { booleans, floats, like, plainNumber } from "../source/value.ts";

export const WORDS: Words = {
  module: "torch",
  where: (condition, yes, no) => call("torch.where", [condition, yes, no]),
  swapped: (x) => method(x, "swapaxes", [number(0), number(1)]),
  withAxes: withNone,
  asFloat: (x) => method(x, "float"),
  concatenate: (parts, axis) => call("torch.cat", [list(parts), number(axis)]),
  repeated: (x, shape) => method(x, "expand", shape.kind === "tuple" ? shape.items : [shape]),
  filled: (shape, value, device) => call("torch.full", [shape, value], device),
  array: (values, device) => call("torch.tensor", [values], device),
  zeros: (shape, device) => call("torch.zeros", [shape], device),
  permuted: (x, order) => method(x, "permute", order),
  flipped: (x, axis) => method(x, "flip", [axis]),
  placedAs: (x) => ({ device: attribute(x, "device") }),
};

/** The greater or the smaller of two: `clamp` where one of them is a number. */
function extreme(name: "max" | "min"): Plain {
  return (writing) => {
    const [a, b] = [writing.aligned(0), writing.aligned(1)];
    if (a.kind === "number" && b.kind === "number") return plainNumber(call(name, [a.expression, b.expression]));
    const bound = name === "max" ? "min" : "max";
    if (b.kind === "number") return floats(method(floatOf(WORDS, a), "clamp", [], { [bound]: b.expression }));
    if (a.kind === "number") return floats(method(floatOf(WORDS, b), "clamp", [], { [bound]: a.expression }));
    return floats(call(`torch.${name}imum`, [floatOf(WORDS, a), floatOf(WORDS, b)]));
  };
}

function named(name: string): Plain {
  return pointwise(WORDS, name);
}

function along(name: string): Along {
  return softmaxAlong(WORDS, "torch", name);
}

function reduced(name: "max" | "min"): Along {
  return (writing) => {
    const x = floatOf(WORDS, operandOf(writing, 0));
    return floats(attribute(method(x, name, [number(writing.node.attributes.axis)]), "values"));
  };
}

export const OPS: OpTable = {
  ...sharedOps(WORDS),
  min: extreme("min"),
  max: extreme("max"),
  clamp: (writing) => {
    const [low, high] = [writing.aligned(1), writing.aligned(2)];
    const areAlike = (low.kind === "number") === (high.kind === "number");
    const x = arrayOf(WORDS, writing, 0);
    if (areAlike) return floats(method(x, "clamp", [floatOf(WORDS, low), floatOf(WORDS, high)]));
    const raised = method(x, "clamp", [], { min: floatOf(WORDS, low) });
    return floats(method(raised, "clamp", [], { max: floatOf(WORDS, high) }));
  },
  mod: (writing) => {
    const [a, b] = [writing.aligned(0), writing.aligned(1)];
    return floats(call("torch.remainder", [floatOf(WORDS, a), floatOf(WORDS, b)]));
  },
  cummax: running(WORDS, (x, axis) => attribute(call("torch.cummax", [x, number(axis)]), "values")),
  sigmoid: named("torch.sigmoid"),
  relu: named("torch.relu"),
  silu: named("F.silu"),
  softplus: named("F.softplus"),
  elu: named("F.elu"),
  gelu: named("F.gelu"),
  mish: named("F.mish"),
  softsign: named("F.softsign"),
  hardtanh: named("F.hardtanh"),
  hardsigmoid: (writing) => {
    const line = binary("+", binary("*", arrayOf(WORDS, writing, 1), arrayOf(WORDS, writing, 0)), number(0.5));
    return floats(method(line, "clamp", [number(0), number(1)]));
  },
  erf: named("torch.erf"),
  softmax: along("softmax"),
  logsoftmax: along("log_softmax"),
  logsumexp: along("logsumexp"),
  reduce_max: reduced("max"),
  reduce_min: reduced("min"),
  norm: (writing) =>
    floats(
      call("torch.linalg.vector_norm", [floatOf(WORDS, operandOf(writing, 0))], {
        dim: number(writing.node.attributes.axis),
      }),
    ),
  pad: (writing) => {
    const x = floatOf(WORDS, operandOf(writing, 0));
    const { axis, dims } = writing.node.attributes;
    const rank = writing.type.axes.length;
    // F.pad counts from the last axis.
    const behind = Array.from({ length: 2 * (rank - 1 - fromLeft(axis, rank)) }, () => number(0));
    return floats(call("F.pad", [x, tuple([...behind, writing.size(dims[0]), writing.size(dims[1])])]));
  },
  diag: (writing) => floats(call("torch.diag_embed", [floatOf(WORDS, operandOf(writing, 0))])),
  diagonal: (writing) =>
    floats(method(floatOf(WORDS, operandOf(writing, 0)), "diagonal", [], { dim1: number(-2), dim2: number(-1) })),
  weave: (writing) => {
    const parts = writing.operands.map((value) => value.expression);
    const stacked = call("torch.stack", [list(parts), number(1)]);
    return like(at(writing.operands, 0, "export"), method(stacked, "reshape", sizesOf(writing, writing.type)));
  },
  onehot: (writing) =>
    booleans(
      call(writing.helper("one_hot"), [
        operandOf(writing, 0).expression,
        writing.size(writing.node.attributes.dims[0]),
      ]),
    ),
  stopgradient: (writing) => {
    const x = operandOf(writing, 0);
    return like(x, method(x.expression, "detach"));
  },
};
