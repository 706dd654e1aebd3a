// The weights of a normalised layer: `layernorm(a, gain = true, bias = true)`. They are as long as its axis.
import { notAllowed } from "../messages.ts";
import { namedArgument, type Call } from "./arguments.ts";
import type { Frame } from "./frame.ts";
import { ONES, readInit, ZEROS } from "./init.ts";
import { POISON, type NodeValue, type Value } from "./value.ts";

const FORMS = {
  gain: { op: "mul", name: "gain", initial: ONES },
  bias: { op: "add", name: "b", initial: ZEROS },
} as const;

/** `value`, normalised along the axis at `position`, times the call's gain and plus its bias, where it has these. */
export function withWeights(
  value: NodeValue,
  position: number,
  {
    call,
    frame,
    weights,
  }: { readonly call: Call; readonly frame: Frame; readonly weights: readonly (keyof typeof FORMS)[] },
): Value {
  const { context } = frame;
  const asked = weights.flatMap((each) => {
    const given = namedArgument(call, each)?.value;
    if (given === undefined || (given.kind === "name" && given.name === "false")) return [];
    const isTrue = given.kind === "name" && given.name === "true";
    return [{ ...FORMS[each], init: isTrue ? FORMS[each].initial : readInit(given, frame) }];
  });
  if (asked.length === 0) return value;
  const { axes } = context.unifier.resolveType(context.build.type(value.id));
  const axis = axes[position];
  if (axis === undefined || axis.tag !== "plain") {
    const why = "its length differs from example to example";
    return context.report(notAllowed("a weight cannot be as long as a time", call.span, why));
  }
  const { path, owner } = frame.path.next("norm");
  const after = axes.length - 1 - position;
  let result = value.id;
  for (const { op, name, init } of asked) {
    const weight = context.weights.declare({
      owner: `${owner}/${name}`,
      name: `${path}.${name}`,
      axes: [axis],
      init,
      span: call.span,
    });
    if (weight === undefined) return POISON;
    const open = Array.from({ length: after }).reduce<string>(
      (id) => context.build.op("unsqueeze", [id], { axis: -1 }),
      weight,
    );
    result = context.build.op(op, [result, open]);
  }
  return context.node(result, call.span, "");
}
