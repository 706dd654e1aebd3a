// Graphs as text. `readGraph` reads back what `printGraph` prints.
//   n5 = contract n3 n4 left=tbj right=ij out=tbi : float[time T, batch B, H]   # f
import type { Graph } from "./graph.ts";
import { isType, printAttributes } from "./attributes.ts";
import { isOp, type Attributes, type Node } from "./node.ts";
import { printType, sameType } from "../shape/type.ts";

function printNode(node: Node): string {
  const operands = node.operands.map((operand) => ` ${operand}`).join("");
  const text = printAttributes(shown(node));
  const attributes = text === "" ? "" : ` ${text}`;
  if (node.op === "yield") return `${node.id} = yield${operands}`;
  if (node.op === "scan") return `${node.id} = scan${operands}${attributes} {`;
  const name = node.name === undefined ? "" : `   # ${node.name}`;
  return `${node.id} = ${node.op}${operands}${attributes} : ${printType(node.type)}${name}`;
}

/** An input's type stands behind the colon, like any node's. */
function shown(node: Node): Attributes {
  const { type, ...rest } = node.attributes;
  return isOp(node, "input") && type !== undefined && isType(type) && sameType(type, node.type)
    ? rest
    : node.attributes;
}

export function printGraph(graph: Graph): string {
  const lines = [`graph ${graph.name}`];
  const walk = (region: string | null, indent: string): void => {
    for (const node of graph.region(region)) {
      lines.push(indent + printNode(node));
      if (node.op !== "scan") continue;
      walk(node.id, `${indent}  `);
      lines.push(`${indent}}`);
    }
  };
  walk(null, "  ");
  for (const [name, id] of graph.outputs) lines.push(`  output ${id}   # ${name}`);
  return `${lines.join("\n")}\n`;
}
