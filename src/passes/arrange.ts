// Transposes weights once, outside the loop, into the order in which the loop's products read them.
// Afterwards no product in a body transposes a weight. Follows: stacking and merging, after which the weights have their final form.
import { at } from "../base/invariant.ts";
import { isOp } from "../graph/node.ts";
import { classify } from "../ops/rows/contract.ts";
import { rewrite, type Rule } from "../ops/rewrite.ts";
import type { Pass } from "./pass.ts";

const rule: Rule = (node, operands, build) => {
  if (!isOp(node, "contract") || build.region === null) return undefined;
  const labels = node.attributes;
  const groups = classify(labels);
  const isSwapped =
    groups.left !== "" && groups.right !== "" && labels.out === groups.batch + groups.right + groups.left;
  const position = isSwapped ? 0 : 1;
  const weight = at(operands, position, "arrange");
  const text = position === 0 ? labels.left : labels.right;
  const own = position === 0 ? groups.left : groups.right;
  if (
    build.node(weight).region !== null ||
    text !== own + groups.contracted ||
    own.length !== 1 ||
    groups.contracted.length !== 1
  )
    return undefined;
  const turned = build.outermost(() => build.op("permute", [weight], { order: [-1, -2] }));
  const swapped = groups.contracted + own;
  return build.op(
    "contract",
    operands.map((operand, index) => (index === position ? turned : operand)),
    position === 0 ? { ...labels, left: swapped } : { ...labels, right: swapped },
  );
};

export const ARRANGE: Pass = {
  name: "arrange",
  doc: "turns weights once, before the loop",
  run: (graph) => rewrite(graph, { rule }),
};
