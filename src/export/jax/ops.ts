// How JAX writes each op.
import { at } from "../../base/invariant.ts";
import type { Along, OpTable, Plain, Words } from "../source/dialect.ts";
import { atom, attribute, binary, call, index, list, method, number, tuple } from "../source/expression.ts";
import { arrayOf, floatOf, fromLeft, operandOf, pointwise, sharedOps } from "../python/shared-ops.ts";
import { sizesOf } from "../source/type-sizes.ts";
import { withNone } from "../python/new-axes.ts";
import { softmaxAlong } from "../python/softmax.ts";
import { running } from "../python/running.ts";
import { floats, like, plainNumber } from "../source/value.ts";

export const WORDS: Words = {
  module: "jnp",
  where: (condition, yes, no) => call("jnp.where", [condition, yes, no]),
  swapped: (x) => method(x, "swapaxes", [number(0), number(1)]),
  withAxes: withNone,
  asFloat: (x) => method(x, "astype", [atom("jnp.float32")]),
  concatenate: (parts, axis) => call("jnp.concatenate", [list(parts), number(axis)]),
  repeated: (x, shape) => call("jnp.broadcast_to", [x, shape]),
  filled: (shape, value) => call("jnp.full", [shape, value]),
  array: (values) => call("jnp.array", [values]),
  zeros: (shape) => call("jnp.zeros", [shape]),
  permuted: (x, order) => method(x, "transpose", order),
  flipped: (x, axis) => call("jnp.flip", [x, axis]),
  placedAs: () => ({}),
};

function extreme(name: "max" | "min"): Plain {
  return (writing) => {
    const [a, b] = [writing.aligned(0), writing.aligned(1)];
    if (a.kind === "number" && b.kind === "number") return plainNumber(call(name, [a.expression, b.expression]));
    return floats(call(`jnp.${name}imum`, [floatOf(WORDS, a), floatOf(WORDS, b)]));
  };
}

function named(name: string): Plain {
  return pointwise(WORDS, name);
}

function along(name: string): Along {
  return softmaxAlong(WORDS, "jax.nn", name);
}

function byHelper(name: "first_max" | "first_min" | "norm"): Along {
  return (writing) =>
    floats(call(writing.helper(name), [floatOf(WORDS, operandOf(writing, 0)), number(writing.node.attributes.axis)]));
}

export const OPS: OpTable = {
  ...sharedOps(WORDS),
  cummax: running(WORDS, (x, axis, rank) => call("lax.cummax", [x], { axis: number(fromLeft(axis, rank)) })),
  min: extreme("min"),
  max: extreme("max"),
  clamp: (writing) =>
    floats(
      call(
        "jnp.clip",
        [0, 1, 2].map((place) => arrayOf(WORDS, writing, place)),
      ),
    ),
  mod: (writing) => floats(call("jnp.mod", [arrayOf(WORDS, writing, 0), arrayOf(WORDS, writing, 1)])),
  sigmoid: named("jax.nn.sigmoid"),
  relu: named("jax.nn.relu"),
  silu: named("jax.nn.silu"),
  softplus: named("jax.nn.softplus"),
  elu: named("jax.nn.elu"),
  gelu: (writing) => floats(call("jax.nn.gelu", [arrayOf(WORDS, writing, 0)], { approximate: atom("False") })),
  mish: named("jax.nn.mish"),
  softsign: named("jax.nn.soft_sign"),
  hardtanh: named("jax.nn.hard_tanh"),
  hardsigmoid: (writing) => {
    const line = binary("+", binary("*", arrayOf(WORDS, writing, 1), arrayOf(WORDS, writing, 0)), number(0.5));
    return floats(call("jnp.clip", [line, number(0), number(1)]));
  },
  erf: named("jax.scipy.special.erf"),
  softmax: along("softmax"),
  logsoftmax: along("log_softmax"),
  logsumexp: along("logsumexp"),
  reduce_max: byHelper("first_max"),
  reduce_min: byHelper("first_min"),
  norm: byHelper("norm"),
  pad: (writing) => {
    const x = floatOf(WORDS, operandOf(writing, 0));
    const { axis, dims } = writing.node.attributes;
    const rank = writing.type.axes.length;
    const widths = Array.from({ length: rank }, (_, position) =>
      position === fromLeft(axis, rank) ? tuple(dims.map((each) => writing.size(each))) : tuple([number(0), number(0)]),
    );
    return floats(call("jnp.pad", [x, tuple(widths)]));
  },
  diag: (writing) => {
    const x = floatOf(WORDS, operandOf(writing, 0));
    const size = at(writing.type.axes, -1, "export").size;
    return floats(binary("*", index(x, [atom("..."), atom("None")]), call("jnp.eye", [writing.size(size)])));
  },
  diagonal: (writing) =>
    floats(call("jnp.diagonal", [floatOf(WORDS, operandOf(writing, 0))], { axis1: number(-2), axis2: number(-1) })),
  weave: (writing) => {
    const parts = writing.operands.map((value) => value.expression);
    const stacked = call("jnp.stack", [list(parts), number(1)]);
    return like(at(writing.operands, 0, "export"), method(stacked, "reshape", sizesOf(writing, writing.type)));
  },
  onehot: (writing) =>
    floats(
      call(attribute(atom("jax.nn"), "one_hot"), [
        operandOf(writing, 0).expression,
        writing.size(writing.node.attributes.dims[0]),
      ]),
    ),
  stopgradient: (writing) => {
    const x = operandOf(writing, 0);
    return like(x, call("lax.stop_gradient", [x.expression]));
  },
};
