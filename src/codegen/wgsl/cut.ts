// How a large product is cut: the tile of a workgroup, and the parts of its sums. Rates and limits were measured on an H200 with a
// prototype (float32; cuBLAS reaches 43 to 51 TFLOP/s there): 128 x 64 tiles with 8 x 8 numbers for an invocation reach 33 to 40,
// 64 x 64 tiles with 8 x 4 numbers 31 to 38, with 4 x 4 numbers 27 to 30.
import { at } from "../../base/invariant.ts";
import type { KernelTask } from "../../kernel/task.ts";
import { countOf } from "../../ops/nd.ts";

/** Rows and columns of a workgroup's result, and of the part that an invocation computes. All are multiples of 4. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly high: number;
  readonly wide: number;
}

/** Terms of a sum that stand in workgroup memory at once. The largest tile needs 12 kB for them; every device has 16. */
export const DEPTH = 16;

/** At most 128 invocations, half of what every device allows. */
const TILES: readonly Tile[] = [
  { rows: 128, columns: 64, high: 8, wide: 8 },
  { rows: 64, columns: 64, high: 8, wide: 4 },
  { rows: 32, columns: 32, high: 4, wide: 4 },
  { rows: 64, columns: 16, high: 4, wide: 4 },
  { rows: 16, columns: 64, high: 4, wide: 4 },
];

export interface Cut {
  readonly tile: Tile;
  /** Workgroups along x, y and z. */
  readonly groups: readonly [number, number, number];
  /** Parts of each sum; 1 if a workgroup adds up whole sums. */
  readonly parts: number;
  /** Terms in a part, a multiple of `DEPTH`. */
  readonly length: number;
}

/** The limit of workgroups along an axis on every device. */
const MOST_GROUPS = 65_535;
/** From this number of workgroups a large tile is used: some two for each multiprocessor of a large GPU. */
const MANY_GROUPS = 256;
/** Sums are divided until there are so many workgroups: some eight for each multiprocessor. */
const ENOUGH_GROUPS = 1024;
/** The fewest terms of a part. */
const LEAST_TERMS = 512;
/** The most that the tiles may be larger than the result, if there is a choice. */
const MOST_PADDING = 1.5;
/** The least length of both axes of a result for which tiles are used, unless its sums are long. */
const LEAST_SIZE = 16;

/** Undefined if the product should have an invocation for each number. */
export function cutOf({ reads, write }: KernelTask): Cut | undefined {
  const [m, n] = [at(write.shape, -2, "wgsl"), at(write.shape, -1, "wgsl")];
  const depth = at(at(reads, 0, "wgsl").shape, -1, "wgsl");
  const batches = write.shape.length > 2 ? countOf(write.shape.slice(0, -2)) : 1;
  if ((m < LEAST_SIZE || n < LEAST_SIZE) && (write.shape.length > 2 || depth < LEAST_TERMS)) return undefined;
  const isDivided = write.shape.length === 2;
  const cuts = TILES.map((tile) => {
    const [down, across] = [Math.ceil(m / tile.rows), Math.ceil(n / tile.columns)];
    const most = isDivided ? Math.floor(depth / LEAST_TERMS) : 1;
    const wanted = Math.max(1, Math.min(most, Math.ceil(ENOUGH_GROUPS / (down * across))));
    const length = DEPTH * Math.ceil(depth / (wanted * DEPTH));
    const parts = Math.ceil(depth / length);
    const groups = [across, down, isDivided ? parts : batches] as const;
    return { tile, groups, parts, length, padding: (down * tile.rows * across * tile.columns) / (m * n) };
  }).filter(({ groups }) => groups.every((count) => count <= MOST_GROUPS));
  const full = cuts.filter(({ padding }) => padding <= MOST_PADDING);
  const least = Math.min(...cuts.map(({ padding }) => padding));
  const choice = full.length > 0 ? full : cuts.filter(({ padding }) => padding === least);
  const many = choice.find((cut) => countOf(cut.groups) >= MANY_GROUPS);
  const most = Math.max(...choice.map((cut) => countOf(cut.groups)));
  return many ?? choice.find((cut) => countOf(cut.groups) === most);
}
