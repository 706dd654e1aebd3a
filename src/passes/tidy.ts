// Writes equations as one would by hand, for people who read them: exp(logsoftmax(a)) is softmax(a), a one-hot vector has the sum 1.
// It is not among the passes of a program that runs.
import { isOp, type Node } from "../graph/node.ts";
import type { Graph } from "../graph/graph.ts";
import type { Builder } from "../ops/builder.ts";
import { rewrite } from "../ops/rewrite.ts";
import type { Pass } from "./pass.ts";
import { SIMPLIFY, uniform } from "./simplify.ts";

function tidied(node: Node, operands: readonly string[], build: Builder): string | undefined {
  const [a, b] = operands;
  if (a === undefined) return undefined;
  const operand = build.node(a);
  const [inner] = operand.operands;
  if (node.op === "exp" && isOp(operand, "logsoftmax") && inner !== undefined)
    return build.op("softmax", [inner], operand.attributes);
  if (isOp(node, "sum")) {
    if (isOneHotSum(node, operand)) return build.constant(1);
    return operand.op === "neg" && inner !== undefined
      ? build.op("neg", [build.op("sum", [inner], node.attributes)])
      : undefined;
  }
  if (b === undefined || (node.op !== "mul" && node.op !== "sub")) return undefined;
  const [left, right] = [bare(a, b, build), bare(b, a, build)];
  if (left !== a || right !== b) return build.op(node.op, [left, right]);
  return withSignsFirst(node, a, b, build);
}

/** A number that was given an axis is itself beside an operand with axes, which repeats it. */
function bare(id: string, other: string, build: Builder): string {
  const node = build.node(id);
  const [inner] = node.operands;
  if (node.op !== "unsqueeze" || inner === undefined || build.type(other).axes.length === 0) return id;
  return isOp(build.node(inner), "constant") ? inner : id;
}

/** -a * b is -(a * b), and a - -b is a + b. */
function withSignsFirst(node: Node, a: string, b: string, build: Builder): string | undefined {
  if (node.op === "mul" && uniform(build, a) === -1) return build.op("neg", [b]);
  if (node.op === "mul" && uniform(build, b) === -1) return build.op("neg", [a]);
  const [left, right] = [negated(a, build), negated(b, build)];
  if (node.op === "mul" && left !== undefined) return build.op("neg", [build.op("mul", [left, b])]);
  if (node.op === "mul" && right !== undefined) return build.op("neg", [build.op("mul", [a, right])]);
  if (node.op !== "sub" || right === undefined) return undefined;
  return left === undefined ? build.op("add", [a, right]) : build.op("sub", [right, left]);
}

/** What a value is the negative of; undefined if it is none. */
function negated(id: string, build: Builder): string | undefined {
  const node = build.node(id);
  return node.op === "neg" ? node.operands[0] : undefined;
}

/** Its elements are a single 1, and zeros. */
function isOneHotSum(node: Node<"sum">, operand: Node): boolean {
  return operand.op === "onehot" && operand.type.axes.length === 1 && node.attributes.axes.length === 1;
}

/** One rule may make room for another. */
const TIMES = 6;

export const TIDY: Pass = {
  name: "tidy",
  doc: "writes equations as one would by hand",
  run: (graph) => {
    const once = (before: Graph): Graph => SIMPLIFY.run(rewrite(before, { rule: tidied }));
    return Array.from({ length: TIMES }).reduce<Graph>((before) => once(before), graph);
  },
};
