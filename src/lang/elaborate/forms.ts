// Functions that need more than arrays: their own weights, sizes, tokens, times. One entry for each name.
import type { Call } from "./arguments.ts";
import { conv } from "./forms/conv.ts";
import { expand } from "./expand.ts";
import { filledWith, ofMatrix } from "./forms/constants.ts";
import { dropout, zoneout } from "./forms/dropout.ts";
import { einsum } from "./forms/einsum.ts";
import { end } from "./forms/ends.ts";
import { withArrays, type Form } from "./forms/form.ts";
import { concat, shift } from "./forms/join.ts";
import { linear } from "./forms/linear.ts";
import { noise } from "./forms/noise.ts";
import { sort, topk } from "./forms/order.ts";
import { dot, outer } from "./forms/product.ts";
import { diag, ofSize, reshape, split, transpose } from "./forms/shape.ts";
import { every, pairs } from "./forms/thin.ts";
import { embed, lookup, onehot } from "./forms/token.ts";
import type { Frame } from "./frame.ts";
import { POISON, withElementsOf, type Value } from "./value.ts";

function stopgradient(call: Call, frame: Frame): Value {
  return withArrays(call, frame, ["a"], (context, [a]) =>
    a === undefined ? POISON : withElementsOf(a.value, context.op("stopgradient", [a.value.id], call.span)),
  );
}

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["linear", linear],
  ["embed", embed],
  ["transpose", transpose],
  ["outer", outer],
  ["dot", dot],
  ["diag", diag],
  ["expand", expand],
  ["concat", concat],
  ["shift", shift],
  ["every", every],
  ["pairs", pairs],
  ["conv", conv],
  ["sort", sort],
  ["topk", topk],
  ["split", split],
  ["reshape", reshape],
  ["eye", ofSize("eye")],
  ["range", ofSize("range")],
  ["ones", filledWith(1)],
  ["zeros", filledWith(0)],
  ["inverse", ofMatrix("inverse")],
  ["expm", ofMatrix("expm")],
  ["onehot", onehot],
  ["lookup", lookup],
  ["dropout", dropout],
  ["zoneout", zoneout],
  ["uniform", noise("uniform")],
  ["normal", noise("normal")],
  ["gumbel", noise("gumbel")],
  ["einsum", einsum],
  ["stopgradient", stopgradient],
  ["first", end("first")],
  ["last", end("last")],
]);

export const FORM_NAMES: readonly string[] = [...FORMS.keys(), "stack", "bidirectional", "reverse"];

export function formNamed(name: string): Form | undefined {
  return FORMS.get(name);
}
