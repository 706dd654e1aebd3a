// Reads what `printGraph` prints. Throws if a line cannot be read, an op does not exist, or attributes do not fit the op.
import { fail } from "../base/invariant.ts";
import { parseType, SCALAR } from "../shape/type.ts";
import { readAttributes } from "../graph/attributes.ts";
import { readInput } from "../graph/border.ts";
import { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { isOpName, misfit } from "./table.ts";

const NODE = /^(n\d+) = (\w+)((?: n\d+)*)(?: (\w+=.*?))?(?: : ((?:float|int)\[[^\]]*\])(?: {3}# (.*))?| \{)?$/;

export function readGraph(text: string): Graph {
  const [first = "", ...lines] = text.trimEnd().split("\n");
  const nodes: Node[] = [];
  const outputs = new Map<string, string>();
  const regions: string[] = [];
  for (const line of lines.map((each) => each.trim())) {
    const output = /^output (n\d+) {3}# (.*)$/.exec(line);
    if (line === "}") regions.pop();
    else if (output !== null) outputs.set(output[2] ?? "", output[1] ?? "");
    else {
      const node = readNode(line, regions.at(-1) ?? null);
      nodes.push(node);
      if (node.op === "scan") regions.push(node.id);
    }
  }
  return new Graph(first.replace(/^graph /, ""), nodes, outputs);
}

function readNode(line: string, region: string | null): Node {
  const match = NODE.exec(line) ?? fail("graph reader", `cannot read: ${line}`);
  const [, id = "", op = "", operands = "", attributes, type, name] = match;
  const read = attributes === undefined ? {} : readAttributes(attributes);
  const { name: given, role, ...rest } = read;
  if (!isOpName(op)) return fail("graph reader", `there is no op \`${op}\``);
  const isInput = op === "input";
  const own = isInput ? rest : read;
  const wrong = misfit(op, own);
  if (wrong !== null) return fail("graph reader", `${id}: ${wrong}`);
  return {
    id,
    op,
    attributes: own,
    ...(isInput ? { input: readInput(String(given), String(role)) } : {}),
    operands: operands.split(" ").filter((each) => each !== ""),
    type: type === undefined ? SCALAR : parseType(type),
    region,
    ...(name === undefined ? {} : { name }),
  };
}
