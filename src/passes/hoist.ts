// Moves nodes that do not depend on a state out of each loop: `W @ x` becomes one product over all steps; constants are built once.
// Regroups sums so that more terms can move, and parts products on joined values. Afterwards a body has only ports and nodes that depend
// on a state.
// This saves time and costs memory: hoisted values are kept for all steps.
import { timeOf, withTime, type Type } from "../shape/type.ts";
import { isOp, type Attributes, type Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { rewrite, type Rule } from "../ops/rewrite.ts";
import { partsOf } from "./part.ts";
import type { Pass } from "./pass.ts";

function isOutside(build: Builder, id: string): boolean {
  return build.node(id).region === null;
}

/** The attributes of an op whose operands have a new leading axis of time. Axes count from the right, so only labels and types change. */
function lifted(node: Node, operands: readonly Type[]): Attributes {
  const time = operands.map(timeOf).find((size) => size !== undefined);
  if (time === undefined) return node.attributes;
  if (isOp(node, "contract")) {
    const { left, right, out } = node.attributes;
    const label = [..."tuvwxyzabcdefghijklmnopqrs"].find((each) => !(left + right).includes(each)) ?? "t";
    const [a, b] = operands.map((type) => (timeOf(type) === undefined ? "" : label));
    return { left: `${a ?? ""}${left}`, right: `${b ?? ""}${right}`, out: label + out };
  }
  return isOp(node, "broadcast") ? { type: withTime(node.attributes.type, time) } : node.attributes;
}

function outside(node: Node, operands: readonly string[], build: Builder): string {
  const types = operands.map((operand) => build.type(operand));
  return build.outermost(() => build.op(node.op, operands, lifted(node, types)));
}

/** (p + q) + b becomes p + (q + b) if q and b can be hoisted. */
function regrouped(operands: readonly string[], build: Builder): string | undefined {
  const [a, b] = operands;
  if (a === undefined || b === undefined || isOutside(build, a) === isOutside(build, b)) return undefined;
  const [inner, free] = isOutside(build, a) ? [b, a] : [a, b];
  const sum = build.node(inner);
  if (sum.op !== "add") return undefined;
  const [p, q] = sum.operands.map((operand) => build.source(operand));
  if (p === undefined || q === undefined || isOutside(build, p) === isOutside(build, q)) return undefined;
  const [stays, leaves] = isOutside(build, p) ? [q, p] : [p, q];
  const together = build.outermost(() => build.op("add", [leaves, free]));
  return build.op("add", [stays, together]);
}

/** W · [h; x] becomes W₁ · h + W₂ · x. */
function parted(node: Node<"contract">, operands: readonly string[], build: Builder): string | undefined {
  const parts = partsOf(node, operands, build, (id) => isOutside(build, id));
  if (parts === undefined) return undefined;
  const leave = (part: readonly string[]): boolean => part.every((id) => isOutside(build, id));
  const plus = (a: string, b: string): string => build.op("add", [a, b]);
  const stays = parts.filter((part) => !leave(part)).map((part) => build.op("contract", part, node.attributes));
  const leaves = parts.filter(leave).map((part) => outside(node, part, build));
  return plus(
    stays.reduce(plus),
    build.outermost(() => leaves.reduce(plus)),
  );
}

const rule: Rule = (node, operands, build) => {
  if (build.region === null) return undefined;
  if (operands.every((operand) => isOutside(build, operand))) {
    return outside(node, operands, build);
  }
  if (isOp(node, "contract")) return parted(node, operands, build);
  return node.op === "add" ? regrouped(operands, build) : undefined;
};

export const HOIST: Pass = {
  name: "hoist",
  doc: "moves out of the loop what does not depend on its states",
  run: (graph) => rewrite(graph, { rule }),
};
