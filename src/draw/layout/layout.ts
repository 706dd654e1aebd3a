// Lays out a picture that is unrolled in time: sequences side by side, each with its columns. Boxes without time are above or left of them.
// Graphviz lays out one step; the rest follows from that.
import { layOutBlock, type Block } from "./block.ts";
import { layOutColumn } from "./column.ts";
import { columnsOf } from "./columns.ts";
import { heading } from "../dot.ts";
import { groupedBy } from "../../base/grouped.ts";
import { homesOf, type Homes } from "./homes.ts";
import { measured, type Run } from "./measure.ts";
import type { Picture, PictureNode } from "../picture.ts";
import { around, moved, sizeOf, union, type Placement, type Rectangle } from "./placement.ts";
import { layOutTower } from "./tower.ts";

const BETWEEN_SEQUENCES = 54;
const ABOVE_COLUMNS = 36;
const BELOW_HEADING = 24;

export function layOut(picture: Picture, run: Run): Placement {
  const all = [...picture.nodes.values()];
  const sizes = measured(all, heading(picture), run);
  const columns = groupedBy(columnsOf(picture), ({ time }) => time);
  const homes = homesOf(picture, [...columns.keys()]);
  const whole: Block = { nodes: new Map(), groups: new Map(), columns: new Map() };
  let left = 0;
  for (const time of homes.order) {
    const own = columns.get(time) ?? [];
    const step = own.find((column) => column.step === 0);
    const rows = step === undefined ? new Map<string, Rectangle>() : layOutColumn(picture, step, sizes.nodes, run);
    left = addBlock(
      whole,
      withSingles(picture, layOutBlock(picture, own, rows, sizes.nodes), sizes.nodes, time, homes),
      left,
    );
  }
  const rest = homes.above.get("") ?? [];
  const tower = layOutTower(picture, rest, sizes.nodes, { bottom: 0, center: 0, placed: new Map() });
  addBlock(whole, { nodes: new Map(tower), groups: new Map(), columns: new Map() }, left);
  return withHeading(whole, sizes.heading);
}

/** Adds a block on the right. Returns the x at which the next block begins. */
function addBlock(whole: Block, block: Block, left: number): number {
  const bounds = boundsOf(block);
  const [x, y] = [left - bounds.left, -union([...block.columns.values()]).bottom];
  for (const kind of ["nodes", "groups", "columns"] as const)
    for (const [id, each] of block[kind]) whole[kind].set(id, moved(each, x, y));
  return bounds.right + x + BETWEEN_SEQUENCES;
}

function withSingles(
  picture: Picture,
  block: Block,
  sizes: ReadonlyMap<string, Rectangle>,
  time: string,
  { above, before }: Homes,
): Block {
  const frame = union([...block.columns.values()]);
  const center = (frame.left + frame.right) / 2;
  const put = (
    nodes: readonly PictureNode[],
    bottom: number,
    placed: ReadonlyMap<string, Rectangle>,
    x: number,
  ): void => {
    const tower = layOutTower(picture, nodes, sizes, { bottom, center: x, placed });
    for (const [id, each] of tower) block.nodes.set(id, each);
  };
  put(above.get(time) ?? [], frame.top + ABOVE_COLUMNS, new Map(block.nodes), center);
  const first = before.get(time) ?? [];
  const width = Math.max(0, ...first.map(({ id }) => sizeOf(sizes.get(id) ?? frame).width));
  put(first, frame.bottom + 10, new Map(), frame.left - ABOVE_COLUMNS - width / 2);
  return block;
}

function boundsOf({ nodes, columns }: Block): Rectangle {
  return union([...nodes.values(), ...columns.values()]);
}

function withHeading(whole: Block, size: Rectangle): Placement {
  const bounds = boundsOf(whole);
  const { width, height } = sizeOf(size);
  const place = around(bounds.left + width / 2, bounds.top + BELOW_HEADING + height / 2, { width, height });
  return { ...whole, heading: place, whole: union([bounds, place]) };
}
