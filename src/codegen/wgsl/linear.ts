// Finds states of a group that are linear, each by itself: new = factor · old + offset, where the factor depends on no state.
// Then several turns are linear too, and chunks of a loop can run in parallel.
import { at } from "../../base/invariant.ts";
import type { MapNode } from "../../kernel/expression.ts";

/** A node's factor as an expression; null if the node does not depend on the state, false if it is not linear in it. */
type Factor = string | null | false;

/** The factor of the node `output` in the node `state`, as statements that name it; undefined where it is not linear in that alone. */
export function factorOf(
  nodes: readonly MapNode[],
  state: number,
  others: readonly number[],
  output: number,
  prefix: string,
): { readonly statements: string; readonly name: string } | undefined {
  const statements: string[] = [];
  const factors: Factor[] = [];
  const factor = (node: number): Factor => at(factors, node, "wgsl");
  nodes.forEach((node, index) => {
    const found = others.includes(index) ? false : index === state ? "1.0f" : ofNode(node, factor);
    if (found === null || found === false) {
      factors.push(found);
      return;
    }
    statements.push(`let ${prefix}${index} = ${found};`);
    factors.push(`${prefix}${index}`);
  });
  const result = factor(output);
  if (result === false) return undefined;
  return { statements: statements.join("\n"), name: result ?? "0.0f" };
}

function ofNode(node: MapNode, factor: (node: number) => Factor): Factor {
  switch (node.kind) {
    case "input":
    case "constant":
      return null;
    case "unary": {
      const x = factor(node.x);
      return x === null || x === false ? x : node.name === "neg" && `-(${x})`;
    }
    case "convert":
      return factor(node.x) === null ? null : false;
    case "select": {
      const [condition, a, b] = [factor(node.condition), factor(node.a), factor(node.b)];
      if (condition === null && a === null && b === null) return null;
      return (
        condition === null &&
        a !== false &&
        b !== false &&
        `select(${b ?? "0.0f"}, ${a ?? "0.0f"}, v${node.condition} != 0.0)`
      );
    }
    case "binary": {
      const [a, b] = [factor(node.a), factor(node.b)];
      if (a === null && b === null) return null;
      if (a === false || b === false) return false;
      if (node.name === "add") return a === null || b === null ? (a ?? b) : `${a} + ${b}`;
      if (node.name === "sub") return b === null ? a : a === null ? `-(${b})` : `${a} - ${b}`;
      if (node.name === "mul" && b === null) return `${a ?? ""} * v${node.b}`;
      if (node.name === "mul" && a === null) return `${b ?? ""} * v${node.a}`;
      return node.name === "div" && b === null ? `${a ?? ""} / v${node.b}` : false;
    }
  }
}
