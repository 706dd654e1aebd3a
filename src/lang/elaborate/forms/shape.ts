// Forms that make, move and cut arrays without computing: `transpose`, `split`, `reshape`, `diag`, `eye`, `range`.
import { fail } from "../../../base/invariant.ts";
import { constant, constantOf, divide, multiply, ONE, symbolsOf, type Dim } from "../../../shape/dim.ts";
import { isVariable } from "../../../shape/unify.ts";
import { doesNotDivide, wrongShape, wrongType } from "../../messages.ts";
import { readArguments, readCountUpTo, readSize, readSizes, type Call } from "../arguments.ts";
import type { Frame } from "../frame.ts";
import { POISON, type Value, withElementsOf } from "../value.ts";
import { type Form, noTime, operandOf, withArrays } from "./form.ts";

/** Each part of a `split` is a value with a name of its own. */
const MOST_PARTS = 1000;

export function transpose(call: Call, frame: Frame): Value {
  return withArrays(call, frame, ["a"], (context, [a]) => {
    if (a === undefined) return POISON;
    if (context.own(a.value).length < 2) return context.report(wrongType("`transpose` needs two axes", a.span));
    const rank = context.own(a.value).length;
    const order = Array.from({ length: rank }, (_, index) => index - rank).toSpliced(-2, 2, -1, -2);
    return withElementsOf(a.value, context.op("permute", [a.value.id], call.span, { order }));
  });
}

export function diag(call: Call, frame: Frame): Value {
  return withArrays(call, frame, ["v"], (context, [v]) => {
    if (v === undefined || !noTime(context, v, "spread on a diagonal")) return POISON;
    if (context.own(v.value).length !== 1) return context.report(wrongType("`diag` needs a vector", v.span));
    return context.op("diag", [v.value.id], call.span);
  });
}

export function split(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["a", "n"]);
  const [source, by] = [given?.get("a"), given?.get("n")];
  if (source === undefined || by === undefined) return POISON;
  const a = operandOf(source, frame);
  const count = readCountUpTo(MOST_PARTS, by, frame, "the number of parts");
  const size = a === undefined ? undefined : context.own(a.value).at(-1)?.size;
  if (a === undefined || count === undefined) return POISON;
  if (size === undefined) return context.report(wrongType("a scalar cannot be split", a.span));
  const part = divide(context.unifier.resolve(size), constant(count)) ?? fail("elaborate", "split by 0");
  if (!isWhole(part)) return context.report(doesNotDivide(context.showDim(part), call.span));
  const parts = Array.from({ length: count }, (_, index) => {
    const dims = [multiply(constant(index), part), multiply(constant(index + 1), part)] as const;
    const cut = context.node(context.build.op("slice", [a.value.id], { axis: -1, dims }), call.span, "");
    return withElementsOf(a.value, cut);
  });
  return { kind: "several", parts };
}

/** Whether a size can be whole: a constant that is not whole is an error now. */
function isWhole(dim: Dim): boolean {
  const value = constantOf(dim);
  return value === undefined || Number.isInteger(value);
}

export function reshape(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["a", "shape"]);
  const [source, shape] = [given?.get("a"), given?.get("shape")];
  if (source === undefined || shape === undefined) return POISON;
  const a = operandOf(source, frame);
  const sizes = readSizes(shape, frame);
  if (a === undefined || sizes === undefined || !noTime(context, a, "reshaped")) return POISON;
  const before = context.unifier.resolve(
    context.own(a.value).reduce((product, axis) => multiply(product, axis.size), ONE),
  );
  const after = context.unifier.resolve(sizes.reduce(multiply, ONE));
  if (!context.unifier.unify(before, after) && !symbolsOf(before).some(isVariable)) {
    return context.report(
      wrongShape(`${context.showDim(before)} elements cannot become ${context.showDim(after)}`, call.span, [
        context.side(a.value, a.span, "this"),
      ]),
    );
  }
  return withElementsOf(a.value, context.op("reshape", [a.value.id], call.span, { dims: sizes }));
}

/** An array that depends on its size alone. */
export function ofSize(op: "eye" | "range"): Form {
  return (call, frame) => {
    const expression = readArguments(call, frame, ["n"])?.get("n");
    const size = expression === undefined ? undefined : readSize(expression, frame);
    return size === undefined ? POISON : frame.context.op(op, [], call.span, { dims: [size] });
  };
}
