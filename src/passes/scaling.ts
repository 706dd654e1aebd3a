// `diag(g) @ S` scales the rows of S, and `S @ diag(g)` its columns: a product over a diagonal has one term.
import { at } from "../base/invariant.ts";
import { isOp, type Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { unsqueezed } from "../ops/sum-to.ts";
import { leadingAxes } from "../shape/type.ts";

/** The scaling that a product with a diagonal array is; undefined for any other product. */
export function scaling(node: Node, operands: readonly string[], build: Builder): string | undefined {
  if (!isOp(node, "contract")) return undefined;
  const { left, right, out } = node.attributes;
  const sides = [left, right].map((labels, index) => ({ labels, id: at(operands, index, "simplify") }));
  for (const [index, { labels, id }] of sides.entries()) {
    const other = at(sides, 1 - index, "simplify");
    const [vector] = build.node(id).op === "diag" ? build.node(id).operands : [];
    const [kept, summed] = Array.from(labels.slice(-2)).toSorted((a) => (out.includes(a) ? -1 : 1));
    if (vector === undefined || kept === undefined || summed === undefined) continue;
    if (!out.includes(kept) || out.includes(summed) || other.labels.includes(kept)) continue;
    const ownOf = (text: string, value: string): string => text.slice(leadingAxes(build.type(value)).length);
    const own = ownOf(other.labels, other.id).replace(summed, kept);
    if (labels.length - leadingAxes(build.type(id)).length !== 2 || !out.endsWith(own)) continue;
    const after = own.length - 1 - own.indexOf(kept);
    const open = unsqueezed(
      build,
      vector,
      Array.from({ length: after }, (_, place) => -1 - place),
    );
    return build.op("mul", [open, other.id]);
  }
  return undefined;
}
