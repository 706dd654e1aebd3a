// Parts of products on joined values, so that those on inputs can leave the loop: W · [h; x] is W₁ · h + W₂ · x.
import { at } from "../base/invariant.ts";
import { isOp, type Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { add, ZERO } from "../shape/dim.ts";
import { typeHere } from "./type-here.ts";

/**
 * The operands of the products whose sum a product in a loop is, one for each joined part. Undefined if no operand is joined along an axis
 * that is summed over, or if all parts depend on the loop, or none. `isOutside` says what does not depend on the loop.
 */
export function partsOf(
  node: Node<"contract">,
  operands: readonly string[],
  build: Builder,
  isOutside: (id: string) => boolean,
): readonly (readonly string[])[] | undefined {
  const { left, right, out } = node.attributes;
  for (const position of [0, 1]) {
    const joined = build.node(at(operands, position, "part"));
    const other = at(operands, 1 - position, "part");
    if (!isOp(joined, "concat") || !isOutside(other)) continue;
    const [text, otherText] = position === 0 ? [left, right] : [right, left];
    const label = text.at(joined.attributes.axis) ?? "";
    if (out.includes(label) || !otherText.includes(label)) continue;
    const parts = joined.operands.map((part) => build.source(part));
    if (new Set(parts.map(isOutside)).size < 2) continue;
    // A part that is repeated along other axes, for each example or so, would need other labels.
    if (parts.some((part) => typeHere(build, part).axes.length !== text.length)) continue;
    const axis = otherText.indexOf(label) - otherText.length;
    let from = ZERO;
    return parts.map((part) => {
      const to = add(from, at(build.type(part).axes, joined.attributes.axis, "part").size);
      const dims = [from, to] as const;
      from = to;
      const share = build.outermost(() => build.op("slice", [other], { axis, dims }));
      return position === 0 ? [part, share] : [share, part];
    });
  }
  return undefined;
}
