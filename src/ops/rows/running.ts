// Running results along an axis: the running sum, product and maximum. `axis` counts from the right.
import { at } from "../../base/invariant.ts";
import { SCALARS } from "../../scalar/table.ts";
import { add, ONE, ZERO, type Dim } from "../../shape/dim.ts";
import { BOOLEAN, NUMBER, optional } from "../attribute-forms.ts";
import { alongAxis, zeros } from "../nd.ts";
import { firstType, type GradientContext, type OpRow } from "../row.ts";
import { axisFrom } from "../run-context.ts";
import type { Prefix } from "../tensor-ops.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly cumsum: { readonly axis: number; readonly reverse?: boolean };
    readonly cumprod: { readonly axis: number; readonly reverse?: boolean };
    readonly cummax: { readonly axis: number; readonly reverse?: boolean };
  }
}

type PrefixName = "cumsum" | "cumprod" | "cummax";

/** The rules that follow from how a running result is combined. `name` is how specs call it; padding counts as `identity`. */
function running(
  name: string,
  { combine, identity }: Pick<Prefix, "combine" | "identity">,
  form: { readonly isLoop?: true } = {},
): Omit<OpRow<PrefixName>, "name" | "doc" | "gradient"> {
  const { evaluate } = SCALARS[combine];
  return {
    attributes: { axis: NUMBER, reverse: optional(BOOLEAN) },
    arity: 1,
    expensive: true,
    language: {
      kind: "along-axis",
      name,
      masked: identity,
      ofSequence: "each-step",
      overTime: { kind: "prefix", combine, ...form },
    },
    type: (operands) => ({ dtype: "float", axes: firstType(operands).axes }),
    evaluate: ([x = zeros([])], context) => {
      const axis = axisFrom(context.attributes, x.shape.length);
      const reverse = context.attributes.reverse === true;
      return alongAxis(x, axis, at(x.shape, axis, name), (line, out) => {
        let total = identity;
        for (let i = 0; i < line.length; i++) {
          const k = reverse ? line.length - 1 - i : i;
          total = evaluate(total, line[k] ?? NaN);
          out[k] = total;
        }
      });
    },
    lower: (ops, operands, context) =>
      ops.prefix(at(operands, 0, name), axisFrom(context.attributes, context.result.shape.length), {
        combine,
        identity,
        reverse: context.attributes.reverse === true,
      }),
  };
}

const CUMSUM: OpRow<"cumsum"> = {
  name: "cumsum",
  ...running("cumsum", { combine: "add", identity: 0 }),
  doc: "the running sum, this element included; from the end where `reverse`",
  gradient: ({ build, node, cotangent }) => [
    build.op("cumsum", [cotangent], {
      axis: node.attributes.axis,
      reverse: node.attributes.reverse !== true,
    }),
  ],
};

/**
 * ∂/∂x_k is the sum over j ≥ k of ȳ_j y_j / x_k. All results from the first 0 on are 0, so this needs no more where k is before it, and
 * it is 0 behind it. At the first 0 it is the sum over j ≥ k of ȳ_j times the product without this 0.
 */
const CUMPROD: OpRow<"cumprod"> = {
  name: "cumprod",
  ...running("cumprod", { combine: "mul", identity: 1 }),
  doc: "the running product, this element included; from the end where `reverse`",
  gradient: (context) => {
    const { build, node, cotangent } = context;
    const { axis } = node.attributes;
    const onwards = node.attributes.reverse === true ? { axis, reverse: true } : { axis };
    const back = node.attributes.reverse === true ? { axis } : { axis, reverse: true };
    const [x, one] = [context.operand(0), build.constant(1)];
    const summed = (y: string): string => build.op("cumsum", [build.op("mul", [cotangent, y])], back);
    const isZero = build.op("eq", [x, build.constant(0)]);
    const isFirst = build.op("mul", [isZero, build.op("eq", [build.op("cumsum", [isZero], onwards), one])]);
    const without = build.op("cumprod", [build.op("select", [isFirst, one, x])], onwards);
    const divisor = build.op("select", [isZero, one, x]);
    const elsewhere = build.op("select", [
      isZero,
      build.constant(0),
      build.op("div", [summed(context.result()), divisor]),
    ]);
    return [build.op("select", [isFirst, summed(without), elsewhere])];
  },
};

/**
 * The greatest so far is an element: the first that reached it. So ∂/∂x_k is the sum of ȳ_j over all j with y_j = x_k if x_k is greater than all
 * before it, and else 0.
 */
const CUMMAX: OpRow<"cummax"> = {
  name: "cummax",
  ...running("cummax", { combine: "max", identity: -Infinity }, { isLoop: true }),
  doc: "the greatest so far, this element included; from the end where `reverse`",
  gradient: (context) => {
    const { build, node, cotangent } = context;
    const { axis } = node.attributes;
    const [x, y] = [context.operand(0), context.result()];
    const hasBefore = oneOn(context, build.op("ge", [y, y]));
    const isNew = build.op("select", [hasBefore, build.op("gt", [x, oneOn(context, y)]), build.constant(1)]);
    const of = (id: string, place: number): string => build.op("unsqueeze", [id], { axis: place });
    const isHere = build.op("eq", [of(y, axis), of(x, axis - 1)]);
    const shares = build.op("select", [isHere, of(cotangent, axis), build.constant(0)]);
    return [build.op("mul", [isNew, build.op("sum", [shares], { axes: [axis - 1] })])];
  },
};

/** A value one place on in the running order, and 0 in the first place. */
function oneOn({ build, node }: GradientContext<PrefixName>, value: string): string {
  const { axis, reverse } = node.attributes;
  const { axes } = build.type(value);
  const { size } = at(axes, axes.length + axis, "a running result");
  const [dims, from]: readonly [readonly [Dim, Dim], readonly [Dim, Dim]] =
    reverse === true
      ? [
          [ZERO, ONE],
          [ONE, add(size, ONE)],
        ]
      : [
          [ONE, ZERO],
          [ZERO, size],
        ];
  return build.op("slice", [build.op("pad", [value], { axis, dims })], { axis, dims: from });
}

export const RUNNING = { cumsum: CUMSUM, cumprod: CUMPROD, cummax: CUMMAX };
