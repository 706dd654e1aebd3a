// The nodes of a group as WGSL expressions; a scalar function's expression is in its row.
import type { MapNode } from "../../kernel/expression.ts";
import { SCALARS } from "../../scalar/table.ts";
import { floatOf } from "./functions.ts";

/** A node's expression, from those of its operands. */
export function valueOf(node: Exclude<MapNode, { kind: "input" }>, operand: (node: number) => string): string {
  switch (node.kind) {
    case "constant":
      return node.type === "int32" ? `i32(${node.value})` : floatOf(node.value);
    case "unary":
      return SCALARS[node.name].targets.wgsl.text(operand(node.x));
    case "binary":
      return SCALARS[node.name].targets.wgsl.text(operand(node.a), operand(node.b));
    case "select":
      return `select(${operand(node.b)}, ${operand(node.a)}, ${operand(node.condition)} != 0.0)`;
    case "convert":
      return node.to === "float" ? `f32(${operand(node.x)})` : `toInteger(${operand(node.x)})`;
  }
}
