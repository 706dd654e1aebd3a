// The product of a transposed matrix and another, summed over many rows: a weight's gradient.
import { minus, plus, times } from "./arithmetic.ts";
import { gemmPanel } from "./gemm.ts";
import { memoize } from "./memoize.ts";
import { eachPanel, pack, packedBytes, packPanel } from "./pack.ts";
import { type Simd } from "./simd.ts";
import { PANEL, PANEL_BYTES } from "./tile.ts";
import { br, call, func, i32, local, loop, op, select, set, tee } from "./tree.ts";

/** Terms that are packed and summed at once: a panel of A and a panel of B take 16 KiB together. */
const DEPTH_BLOCK = 128;

const a = local("a", "i32");
const aStride = local("aStride", "i32");
const b = local("b", "i32");
const bStride = local("bStride", "i32");
const c = local("c", "i32");
const cStride = local("cStride", "i32");
const start = local("start", "i32");
const startStride = local("startStride", "i32");
const rows = local("rows", "i32");
const columns = local("columns", "i32");
const depth = local("depth", "i32");
const startStep = local("startStep", "i32");

/** One panel's columns of C, from all panels of A; `columns` counts A's columns, which are C's rows. */
const panelOfC = memoize((simd: Simd, rowEdge: number, width: number) => {
  return func(
    `gemmTransposedPanel${rowEdge}x${width}`,
    [a, b, c, cStride, start, startStride, columns, depth],
    eachPanel(rowEdge, (height) => [
      call(gemmPanel(simd, "panel", width), a, i32(4), b, c, cStride, start, startStride, i32(height), depth),
      set(a, plus(a, times(depth, PANEL_BYTES))),
      set(c, plus(c, times(cStride, PANEL))),
      set(start, plus(start, times(startStride, PANEL))),
    ]),
  );
});

/** Bytes that `gemmTransposed` needs for packing. */
export function transposedScratchBytes(rowsOfC: number): number {
  return packedBytes(DEPTH_BLOCK, rowsOfC) + packedBytes(DEPTH_BLOCK, PANEL);
}

/**
 * C [rows, columns] = start + Aᵀ · B, of A [depth, rows] and B [depth, columns], all row-major with strides in bytes;
 * rows ≡ `rowEdge` and columns ≡ `edge` modulo 16. `start` as for `gemm`. For a weight's gradient: rows and
 * columns are widths, depth is T·B.
 */
export const gemmTransposed = memoize((simd: Simd, rowEdge: number, edge: number) => {
  const scratch = local("scratch", "i32");
  const steps = local("steps", "i32");
  const panelsOfA = local("panelsOfA", "i32");
  const source = local("source", "i32");
  const columnC = local("columnC", "i32");
  const columnStart = local("columnStart", "i32");
  const allColumns = local("allColumns", "i32");
  return func(
    `gemmTransposed${rowEdge}.${edge}`,
    [a, aStride, b, bStride, c, cStride, start, startStride, rows, allColumns, depth, scratch],
    [
      set(panelsOfA, plus(scratch, PANEL_BYTES * DEPTH_BLOCK)),
      loop("blocks", [
        set(steps, select(op("i32.lt_u", depth, i32(DEPTH_BLOCK)), depth, i32(DEPTH_BLOCK))),
        call(pack(rowEdge), a, aStride, panelsOfA, rows, steps),
        set(source, b),
        set(columnC, c),
        set(columnStart, start),
        set(startStep, select(start, i32(PANEL_BYTES), i32(0))),
        set(columns, allColumns),
        ...eachPanel(edge, (width) => [
          call(packPanel(width), source, bStride, scratch, steps),
          call(
            panelOfC(simd, rowEdge, width),
            panelsOfA,
            scratch,
            columnC,
            cStride,
            columnStart,
            startStride,
            rows,
            steps,
          ),
          set(source, plus(source, PANEL_BYTES)),
          set(columnC, plus(columnC, PANEL_BYTES)),
          set(columnStart, plus(columnStart, startStep)),
        ]),
        set(a, plus(a, times(aStride, steps))),
        set(b, plus(b, times(bStride, steps))),
        set(start, c),
        set(startStride, cStride),
        br("blocks", tee(depth, minus(depth, steps))),
      ]),
    ],
  );
});
