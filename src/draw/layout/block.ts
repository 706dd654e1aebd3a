// Lays out a sequence: its columns side by side in the order of time, with the column of first values on the left.
import { titleOfColumn, type PictureColumn } from "./columns.ts";
import { widthOf } from "../dot.ts";
import type { Picture } from "../picture.ts";
import { around, framed, middle, moved, sizeOf, union, type Rectangle } from "./placement.ts";

export interface Block {
  readonly nodes: Map<string, Rectangle>;
  readonly groups: Map<string, Rectangle>;
  readonly columns: Map<string, Rectangle>;
}

const BETWEEN_COLUMNS = 26;
const BETWEEN_BOXES = 10;

/** The first column begins at x = 0. `rows`: the rectangle of each row in a column. */
export function layOutBlock(
  picture: Picture,
  columns: readonly PictureColumn[],
  rows: ReadonlyMap<string, Rectangle>,
  sizes: ReadonlyMap<string, Rectangle>,
): Block {
  const block: Block = { nodes: new Map(), groups: new Map(), columns: new Map() };
  let left = 0;
  for (const column of columns) {
    const isStep = column.step >= 0 && column.step < picture.times().length;
    const nodes = isStep ? inRows(column, rows) : startNodes(column, rows, sizes);
    const groups = groupsOf(picture, column, nodes);
    const title = widthOf(titleOfColumn(picture, column.step));
    const frame = framed(union([...nodes.values(), ...groups.values()]), title, "below");
    const shift = left - frame.left;
    for (const [id, each] of nodes) block.nodes.set(id, moved(each, shift, 0));
    for (const [id, each] of groups) block.groups.set(id, moved(each, shift, 0));
    block.columns.set(column.key, moved(frame, shift, 0));
    left = frame.right + shift + BETWEEN_COLUMNS;
  }
  return withEvenFrames(block);
}

/** Makes the frames of all columns as high as the highest. */
function withEvenFrames(block: Block): Block {
  const { bottom, top } = union([...block.columns.values()]);
  for (const [key, each] of block.columns) block.columns.set(key, { ...each, bottom, top });
  return block;
}

function inRows({ nodes }: PictureColumn, rows: ReadonlyMap<string, Rectangle>): ReadonlyMap<string, Rectangle> {
  return new Map(
    nodes.flatMap(({ id, row }) => {
      const rectangle = rows.get(row);
      return rectangle === undefined ? [] : [[id, rectangle] as const];
    }),
  );
}

/** Places first values beside their rows; boxes that would overlap are stacked. */
function startNodes(
  { nodes }: PictureColumn,
  rows: ReadonlyMap<string, Rectangle>,
  sizes: ReadonlyMap<string, Rectangle>,
): ReadonlyMap<string, Rectangle> {
  const heightOf = (row: string): number => {
    const rectangle = rows.get(row);
    return rectangle === undefined ? 0 : (rectangle.bottom + rectangle.top) / 2;
  };
  const placed = new Map<string, Rectangle>();
  let free = -Infinity;
  for (const { id, row } of nodes.toSorted((a, b) => heightOf(a.row) - heightOf(b.row))) {
    const size = sizeOf(sizes.get(id) ?? around(0, 0, { width: 0, height: 0 }));
    const y = Math.max(heightOf(row), free + size.height / 2);
    placed.set(id, around(0, y, size));
    free = y + size.height / 2 + BETWEEN_BOXES;
  }
  return placed;
}

/** The frames of the cells in a column, inner ones first. */
function groupsOf(
  picture: Picture,
  { nodes }: PictureColumn,
  placed: ReadonlyMap<string, Rectangle>,
): ReadonlyMap<string, Rectangle> {
  const found = new Map<string, Rectangle>();
  const frame = (id: string): Rectangle => {
    const known = found.get(id);
    if (known !== undefined) return known;
    const own = nodes.flatMap((node) => (node.group === id ? (placed.get(node.id) ?? []) : []));
    const inner = [...picture.groups.values()].filter(({ parent }) => parent === id).map((group) => frame(group.id));
    const made = framed(union([...own, ...inner]), widthOf(picture.groups.get(id)?.title ?? ""), "above");
    found.set(id, made);
    return made;
  };
  for (let group of nodes.map((node) => node.group)) {
    while (group !== null) {
      frame(group);
      group = picture.groups.get(group)?.parent ?? null;
    }
  }
  return found;
}

export function middleOf(block: Block): number {
  return middle(union([...block.columns.values()]));
}
