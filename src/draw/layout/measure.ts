// Measures boxes with Graphviz, and reads rectangles from its plain format.
import { labelOfNode, NODES } from "../dot.ts";
import type { PictureNode } from "../picture.ts";
import { around, type Rectangle } from "./placement.ts";

/** Lays out DOT, and returns the layout in Graphviz' plain format. */
export type Run = (dot: string) => string;

const POINTS_PER_INCH = 72;

/** The rectangles of the nodes `n0`, `n1`, …, in this order. */
export function rectanglesIn(plain: string): readonly Rectangle[] {
  const found: Rectangle[] = [];
  for (const line of plain.split("\n")) {
    const [, index, x, y, width, height] = /^node n(\d+) (\S+) (\S+) (\S+) (\S+)/.exec(line) ?? [];
    if (index === undefined) continue;
    const points = (inches: string | undefined): number => Number(inches) * POINTS_PER_INCH;
    found[Number(index)] = around(points(x), points(y), { width: points(width), height: points(height) });
  }
  return found;
}

/** The rectangles of each node, by id, and of the heading, all centred at 0. */
export function measured(
  nodes: readonly PictureNode[],
  heading: string,
  run: Run,
): { readonly nodes: ReadonlyMap<string, Rectangle>; readonly heading: Rectangle } {
  const labels = [...new Set(nodes.map(labelOfNode))];
  const statements = labels.map((label, index) => `n${index} [label=${label}]`);
  const plain = run(`digraph { ${NODES} ${statements.join("\n")} n${labels.length} [shape=plain label=${heading}] }`);
  const rectangles = rectanglesIn(plain).map(centered);
  const byLabel = new Map(labels.map((label, index) => [label, rectangles[index] ?? EMPTY] as const));
  return {
    nodes: new Map(nodes.map((node) => [node.id, byLabel.get(labelOfNode(node)) ?? EMPTY] as const)),
    heading: rectangles[labels.length] ?? EMPTY,
  };
}

const EMPTY: Rectangle = { left: 0, bottom: 0, right: 0, top: 0 };

function centered({ left, right, bottom, top }: Rectangle): Rectangle {
  return around(0, 0, { width: right - left, height: top - bottom });
}
