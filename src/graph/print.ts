// Graphs as text. `readGraph` reads back what `printGraph` prints.
//   n5 = contract n3 n4 left=tbj right=ij out=tbi : float[time T, batch B, H]   # f
import type { Graph } from "./graph.ts";
import { printAttributes } from "./attributes.ts";
import { printInput, roleOf } from "./border.ts";
import type { Attributes, Node } from "./node.ts";
import { printType } from "../shape/type.ts";

function printNode(node: Node): string {
  const operands = node.operands.map((operand) => ` ${operand}`).join("");
  const text = printAttributes(shown(node));
  const attributes = text === "" ? "" : ` ${text}`;
  if (node.op === "yield") return `${node.id} = yield${operands}`;
  if (node.op === "scan") return `${node.id} = scan${operands}${attributes} {`;
  const name = node.name === undefined ? "" : `   # ${node.name}`;
  return `${node.id} = ${node.op}${operands}${attributes} : ${printType(node.type)}${name}`;
}

function shown({ input, attributes }: Node): Attributes {
  return input === undefined ? attributes : { name: printInput(input), role: roleOf(input), ...attributes };
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
