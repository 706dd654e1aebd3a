// Lays out boxes without time in rows, so that values flow upwards. Each box is near the middle of what it reads.
import type { Picture, PictureNode } from "../picture.ts";
import { around, middle, sizeOf, type Rectangle } from "./placement.ts";

const BETWEEN_ROWS = 34;
const BETWEEN_BOXES = 22;

/** From `bottom` upwards. `placed` are boxes that have coordinates already; boxes without sources or readers there are at `center`. */
export function layOutTower(
  picture: Picture,
  nodes: readonly PictureNode[],
  sizes: ReadonlyMap<string, Rectangle>,
  base: { readonly bottom: number; readonly center: number; readonly placed: ReadonlyMap<string, Rectangle> },
): ReadonlyMap<string, Rectangle> {
  const rows = rowsOf(picture, nodes);
  const found = new Map<string, Rectangle>();
  let { bottom } = base;
  for (const row of rows) {
    const height = Math.max(...row.map(({ id }) => sizeOf(sizes.get(id) ?? POINT).height));
    const middleOf = (id: string): number | undefined =>
      mean(
        sourcesOf(picture, id)
          .flatMap((each) => found.get(each) ?? base.placed.get(each) ?? [])
          .map(middle),
      );
    const desired = row.map(({ id }) => {
      // A box that reads nothing is beside the other sources of its readers.
      const beside = readersOf(picture, id).flatMap((reader) => sourcesOf(picture, reader));
      const x = middleOf(id) ?? mean(beside.flatMap((each) => middleOf(each) ?? [])) ?? base.center;
      return { id, x, isBound: middleOf(id) !== undefined, size: sizeOf(sizes.get(id) ?? POINT) };
    });
    for (const { id, x, size } of moveApart(desired)) found.set(id, around(x, bottom + height / 2, size));
    bottom += height + BETWEEN_ROWS;
  }
  return found;
}

const POINT: Rectangle = { left: 0, bottom: 0, right: 0, top: 0 };

interface Desired {
  readonly id: string;
  readonly x: number;
  /** Whether it reads something, and should be above that. */
  readonly isBound: boolean;
  readonly size: { readonly width: number; readonly height: number };
}

/** Moves boxes apart so that they do not touch. Those that read something are on average where they should be. */
function moveApart(all: readonly Desired[]): readonly Desired[] {
  let free = -Infinity;
  const spread = all
    .toSorted((a, b) => a.x - b.x)
    .map((desired) => {
      const x = Math.max(desired.x, free + desired.size.width / 2);
      free = x + desired.size.width / 2 + BETWEEN_BOXES;
      return { desired, x };
    });
  const bound = spread.filter(({ desired }) => desired.isBound);
  const shift = mean((bound.length === 0 ? spread : bound).map(({ desired, x }) => x - desired.x)) ?? 0;
  return spread.map(({ desired, x }) => ({ ...desired, x: x - shift }));
}

/** Each box is above all that it reads. A box that reads nothing is just below its lowest reader. */
function rowsOf(picture: Picture, nodes: readonly PictureNode[]): readonly (readonly PictureNode[])[] {
  const ids = new Set(nodes.map(({ id }) => id));
  const sources = new Map(nodes.map(({ id }) => [id, sourcesOf(picture, id)] as const));
  const depths = new Map<string, number>();
  const depthOf = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    const below = (sources.get(id) ?? []).filter((each) => ids.has(each));
    const depth = below.length === 0 ? 0 : 1 + Math.max(...below.map(depthOf));
    depths.set(id, depth);
    return depth;
  };
  nodes.forEach(({ id }) => depthOf(id));
  for (const { id } of nodes) {
    if ((sources.get(id) ?? []).length > 0) continue;
    const readers = nodes.filter((each) => sources.get(each.id)?.includes(id) === true);
    const lowest = Math.min(...readers.map((reader) => depths.get(reader.id) ?? 0));
    if (Number.isFinite(lowest)) depths.set(id, Math.max(0, lowest - 1));
  }
  const rows: PictureNode[][] = [];
  for (const node of nodes) {
    const depth = depths.get(node.id) ?? 0;
    rows[depth] = [...(rows[depth] ?? []), node];
  }
  return rows.filter((row) => row !== undefined);
}

function sourcesOf(picture: Picture, id: string): readonly string[] {
  return [...picture.edges.values()].flatMap(({ from, to }) => (to === id ? [from] : []));
}

function readersOf(picture: Picture, id: string): readonly string[] {
  return [...picture.edges.values()].flatMap(({ from, to }) => (from === id ? [to] : []));
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, each) => sum + each, 0) / values.length;
}
