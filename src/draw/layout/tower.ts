// Boxes without time in rows above each other, so that values flow upwards; each near the middle of what it reads.
import type { Picture, PictureNode } from "../picture.ts";
import { around, middle, sizeOf, type Rectangle } from "./placement.ts";

const BETWEEN_ROWS = 34;
const BETWEEN_BOXES = 22;

/** From `bottom` upwards; `placed` are boxes that have their places already, `center` is where others stand. */
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
      // What reads nothing stands beside what its readers read as well.
      const beside = readersOf(picture, id).flatMap((reader) => sourcesOf(picture, reader));
      const x = middleOf(id) ?? mean(beside.flatMap((each) => middleOf(each) ?? [])) ?? base.center;
      return { id, x, isBound: middleOf(id) !== undefined, size: sizeOf(sizes.get(id) ?? POINT) };
    });
    for (const { id, x, size } of apart(desired)) found.set(id, around(x, bottom + height / 2, size));
    bottom += height + BETWEEN_ROWS;
  }
  return found;
}

const POINT: Rectangle = { left: 0, bottom: 0, right: 0, top: 0 };

interface Wish {
  readonly id: string;
  readonly x: number;
  /** Whether it reads something, and so belongs above that. */
  readonly isBound: boolean;
  readonly size: { readonly width: number; readonly height: number };
}

/** So far from each other that they do not touch, and on average where those that read something belong. */
function apart(wishes: readonly Wish[]): readonly Wish[] {
  let free = -Infinity;
  const spread = wishes
    .toSorted((a, b) => a.x - b.x)
    .map((wish) => {
      const x = Math.max(wish.x, free + wish.size.width / 2);
      free = x + wish.size.width / 2 + BETWEEN_BOXES;
      return { wish, x };
    });
  const bound = spread.filter(({ wish }) => wish.isBound);
  const shift = mean((bound.length === 0 ? spread : bound).map(({ wish, x }) => x - wish.x)) ?? 0;
  return spread.map(({ wish, x }) => ({ ...wish, x: x - shift }));
}

/** Each box above all that it reads; what reads nothing stands just below its first reader. */
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
