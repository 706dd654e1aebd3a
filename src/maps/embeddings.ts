// Rows of a table of embeddings as points of a plane, and the rows that are nearest to one.
import { refusePackage } from "../base/optional-package.ts";
import { uniformAt } from "../base/random.ts";
import { UserError } from "../base/diagnostic.ts";
import type { NumberArray } from "../library/given.ts";

/** `pca`: the two directions in which the rows differ most. `umap`: neighbours stay neighbours (McInnes et al. 2018). */
export type MapMethod = "pca" | "umap";
export const MAP_METHODS: readonly MapMethod[] = ["pca", "umap"];

/** One row of a table. */
export type Vector = readonly number[];

export function rowsOf({ shape, data }: NumberArray): readonly Vector[] {
  const [count = 0, size = 0] = shape;
  return Array.from({ length: count }, (_, row) => Array.from(data.subarray(row * size, (row + 1) * size)));
}

/** A point for each row. The same for the same rows. Rejects with a UserError for fewer than three rows, and without the package of `umap`. */
export async function mapOf(
  rows: readonly Vector[],
  method: MapMethod,
): Promise<readonly (readonly [number, number])[]> {
  if (rows.length < 3) throw new UserError(`a map of ${rows.length} rows shows nothing: at least 3 are needed`);
  const copies = rows.map((row) => [...row]);
  const points = await (method === "pca" ? pca(copies) : umap(copies));
  return points.map(([x = 0, y = 0]) => [x, y]);
}

async function pca(rows: number[][]): Promise<readonly (readonly number[])[]> {
  const { PCA } = await import("ml-pca");
  return new PCA(rows).predict(rows, { nComponents: 2 }).to2DArray();
}

async function umap(rows: number[][]): Promise<readonly (readonly number[])[]> {
  const { UMAP } = await import("umap-js").catch(refusePackage("umap-js", "npm i umap-js"));
  let drawn = 0;
  const random = (): number => uniformAt(1, "umap", drawn++);
  return new UMAP({ nComponents: 2, nNeighbors: Math.min(15, rows.length - 1), random }).fit(rows);
}

/** The rows whose direction is nearest to that of row `of`, with the cosine of the angle between them; without itself. */
export function neighboursOf(
  rows: readonly Vector[],
  of: number,
  top: number,
): readonly { readonly row: number; readonly cosine: number }[] {
  const own = rows[of] ?? [];
  return rows
    .map((row, index) => ({ row: index, cosine: cosineOf(own, row) }))
    .filter(({ row }) => row !== of)
    .toSorted((a, b) => b.cosine - a.cosine || a.row - b.row)
    .slice(0, top);
}

export function cosineOf(a: Vector, b: Vector): number {
  const dot = (left: Vector, right: Vector): number =>
    left.reduce((sum, value, index) => sum + value * (right[index] ?? NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
