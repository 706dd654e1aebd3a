// Lays out one step of a sequence. All steps have the same layout, so the nodes of one box are in one row.
import { NODES, quote } from "../dot.ts";
import type { PictureColumn } from "./columns.ts";
import { rectanglesIn, type Run } from "./measure.ts";
import type { Picture, PictureNode } from "../picture.ts";
import { around, middle, sizeOf, type Rectangle } from "./placement.ts";

/** Returns rectangles by row, in a column whose middle is x = 0. Values flow upwards. */
export function layOutColumn(
  picture: Picture,
  column: PictureColumn,
  sizes: ReadonlyMap<string, Rectangle>,
  run: Run,
): ReadonlyMap<string, Rectangle> {
  const { nodes } = column;
  const indexes = new Map(nodes.map(({ id }, index) => [id, index] as const));
  const edges = [...picture.edges.values()].flatMap(({ from, to, kind }) => {
    const [a, b] = [indexes.get(from), indexes.get(to)];
    if (a === undefined || b === undefined || kind === "carried") return [];
    return [`n${a} -> n${b}${kind === "truth" ? " [weight=0]" : ""}`];
  });
  // Folded cells are above each other, so that the arrows to the next step do not cross boxes.
  const cells = nodes.flatMap(({ id, role }) => (role === "cell" ? [`n${indexes.get(id) ?? 0}`] : []));
  if (cells.length > 1) edges.push(`${cells.join(" -> ")} [style=invis weight=0]`);
  const statement = (node: PictureNode): string => {
    const { width, height } = sizeOf(sizes.get(node.id) ?? around(0, 0, { width: 0, height: 0 }));
    return `n${indexes.get(node.id) ?? 0} [label="" fixedsize=true width=${width / 72} height=${height / 72}]`;
  };
  const dot = [
    `digraph { graph [rankdir=BT newrank=true nodesep=0.28 ranksep=0.4] ${NODES}`,
    ...clusters(picture, nodes, null, statement),
    ...edges,
    "}",
  ].join("\n");
  const found = rectanglesIn(run(dot));
  const lefts = found.map(({ left }) => left);
  const rights = found.map(({ right }) => right);
  const center = (Math.min(...lefts) + Math.max(...rights)) / 2;
  return new Map(
    nodes.flatMap(({ row }, index) => {
      const rectangle = found[index];
      if (rectangle === undefined) return [];
      const y = (rectangle.bottom + rectangle.top) / 2;
      return [[row, around(middle(rectangle) - center, y, sizeOf(rectangle))] as const];
    }),
  );
}

function clusters(
  picture: Picture,
  nodes: readonly PictureNode[],
  parent: string | null,
  statement: (node: PictureNode) => string,
): readonly string[] {
  const own = nodes.filter(({ group }) => group === parent).map(statement);
  const used = new Set(nodes.flatMap(({ group }) => groupsAround(picture, group)));
  const inner = [...picture.groups.values()]
    .filter((group) => group.parent === parent && used.has(group.id))
    .flatMap(({ id, title }) => [
      `subgraph ${quote(`cluster ${id}`)} { graph [margin=12 fontsize=11 label=${quote(title)}]`,
      ...clusters(picture, nodes, id, statement),
      "}",
    ]);
  return [...own, ...inner];
}

/** A group and the groups around it. */
function groupsAround(picture: Picture, group: string | null): readonly string[] {
  return group === null ? [] : [group, ...groupsAround(picture, picture.groups.get(group)?.parent ?? null)];
}
