// The inner kernel of a product: a tile of C whose sums stay in registers while the loop over k runs.
//
// Measured in L1 on one core of an AMD EPYC (family 26, 3.8 GHz), Node 20.20 (V8 11.3), of at most 60 GFLOP/s:
//   rows x columns   2x16  3x12  4x8  3x8  1x24  1x16  6x8  4x12  1x32
//   multiply-add       58    59   58   45    45    30   27    28    19
//   mul and add     50-57    24   50   40    34    30   31    30    20
// Fast is what keeps sums, a row of B and A's factors in V8's 15 vector registers: V8 moves all loads of a basic block before
// its arithmetic, so unrolling over k (25), or operands read again from memory (18), spill or wait. Fewer than 8 sums wait
// for each other. Whether A's rows are packed, and how addresses are stepped, makes no difference. A tile is a function of
// its own, because V8 optimises a function only between calls; the call costs 2 % at 64 steps.
import { minus, plus, range } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { loadLanes, madd, type Simd, storeLanes } from "./simd.ts";
import { br, f32x4, func, load, local, type Local, loop, set, tee, when } from "./tree.ts";

/** Columns of a packed panel of B. */
export const PANEL = 16;
/** Bytes of a panel's row. */
export const PANEL_BYTES = 4 * PANEL;

/** The layout of A: row-major, or packed like B, so that a row of A is a column of a panel. */
export type Order = "rows" | "panel";

/** The most rows of a tile with this number of columns, so that accumulators, B's vectors and A's fit V8's 15 vector registers. */
export function heightOf(columns: number): number {
  return [4, 4, 3, 2][Math.ceil(columns / 4) - 1] ?? 1;
}

/**
 * C [rows, columns] = start + A [rows, depth] · B, columns ≤ 16. The strides of A, C and start are in bytes; B is a panel
 * [depth, 16]. `start` may be C itself; 0 stands for zeros.
 */
export const tile = memoize((simd: Simd, order: Order, rows: number, columns: number) => {
  const a = local("a", "i32");
  const aStride = local("aStride", "i32");
  const b = local("b", "i32");
  const c = local("c", "i32");
  const cStride = local("cStride", "i32");
  const start = local("start", "i32");
  const startStride = local("startStride", "i32");
  const depth = local("depth", "i32");
  const aStep = order === "rows" ? 4 : PANEL_BYTES;

  const rowNumbers = range(rows);
  const vectors = range(Math.ceil(columns / 4));
  const lanesOf = (vector: number): number => Math.min(4, columns - 4 * vector);
  const sum = (row: number, vector: number): Local<"v128"> => local(`sum${row}.${vector}`, "v128");
  const aRow = (row: number): Local<"i32"> => local(row === 0 ? "a" : `a${row}`, "i32");
  const factor = local("factor", "v128");

  return func(
    `tile${rows}x${columns}.${order}`,
    [a, aStride, b, c, cStride, start, startStride, depth],
    [
      when(
        start,
        rowNumbers.flatMap((row) => [
          ...vectors.map((vector) => set(sum(row, vector), loadLanes(lanesOf(vector), start, 16 * vector))),
          ...(row + 1 < rows ? [set(start, plus(start, startStride))] : []),
        ]),
        rowNumbers.flatMap((row) => vectors.map((vector) => set(sum(row, vector), f32x4(0)))),
      ),
      ...rowNumbers.slice(1).map((row) => set(aRow(row), plus(aRow(row - 1), aStride))),
      when(depth, [
        loop("next", [
          ...vectors.map((vector) => set(local(`b${vector}`, "v128"), load("v128.load", b, 16 * vector))),
          ...rowNumbers.flatMap((row) => [
            set(factor, load("v128.load32_splat", aRow(row))),
            ...vectors.map((vector) =>
              set(sum(row, vector), madd(simd, factor, local(`b${vector}`, "v128"), sum(row, vector))),
            ),
            set(aRow(row), plus(aRow(row), aStep)),
          ]),
          set(b, plus(b, PANEL_BYTES)),
          br("next", tee(depth, minus(depth, 1))),
        ]),
      ]),
      ...rowNumbers.flatMap((row) => [
        ...vectors.flatMap((vector) => storeLanes(lanesOf(vector), c, sum(row, vector), 16 * vector)),
        ...(row + 1 < rows ? [set(c, plus(c, cStride))] : []),
      ]),
    ],
  );
});
