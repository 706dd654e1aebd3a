// The product of a matrix and packed weights, for any number of rows.
import { minus, plus, repeat, repeatInSteps, times } from "./arithmetic.ts";
import { keep } from "./keep.ts";
import { type Simd } from "./simd.ts";
import { heightOf, PANEL, PANEL_BYTES, tile } from "./tile.ts";
import { call, func, i32, local, loop, br, op, select, set, tee, when, type Statement } from "./tree.ts";

/** Rows that go through all panels before the next: their A stays in L1 and their C in L2. */
const ROW_BLOCK = 64;

const a = local("a", "i32");
const aStride = local("aStride", "i32");
const b = local("b", "i32");
const c = local("c", "i32");
const cStride = local("cStride", "i32");
const start = local("start", "i32");
const startStride = local("startStride", "i32");
const rows = local("rows", "i32");
const columns = local("columns", "i32");
const depth = local("depth", "i32");

/** One panel's columns of C [rows, width] = start + A [rows, depth] · B [depth, 16], by tiles. */
export const gemmPanel = keep((simd: Simd, width: number) => {
  const height = heightOf(width);
  const tileRows = (rowsOfTile: number): readonly Statement[] => [
    call(tile(simd, rowsOfTile, width), a, aStride, b, c, cStride, start, startStride, depth),
    set(a, plus(a, times(aStride, rowsOfTile))),
    set(c, plus(c, times(cStride, rowsOfTile))),
    set(start, plus(start, times(startStride, rowsOfTile))),
  ];
  return func(
    `panel${width}`,
    [a, aStride, b, c, cStride, start, startStride, rows, depth],
    [repeatInSteps("tiles", rows, height, tileRows(height)), repeat("rest", rows, tileRows(1))],
  );
});

/**
 * C [rows, columns] = start + A [rows, depth] · B, where columns ≡ `edge` modulo 16. A, C and start are row-major, each with
 * its stride in bytes; B is packed in panels of 16 columns. `start` is the address of what the sums begin with: C itself to
 * accumulate, another matrix, a bias (stride 0), or 0 (stride 0) for zeros. C must not overlap A or B.
 */
export const gemm = keep((simd: Simd, edge: number) => {
  const blockRows = local("blockRows", "i32");
  const panel = local("panel", "i32");
  const panelBytes = local("panelBytes", "i32");
  const left = local("left", "i32");
  const c0 = local("c0", "i32");
  const start0 = local("start0", "i32");
  const startStep = local("startStep", "i32");
  const panelCall = (width: number): Statement => {
    return call(gemmPanel(simd, width), a, aStride, panel, c0, cStride, start0, startStride, blockRows, depth);
  };
  return func(
    edge === 0 ? "gemm" : `gemmEdge${edge}`,
    [a, aStride, b, c, cStride, start, startStride, rows, columns, depth],
    [
      set(panelBytes, times(depth, PANEL_BYTES)),
      set(startStep, select(start, i32(PANEL_BYTES), i32(0))),
      when(rows, [
        loop("blocks", [
          set(blockRows, select(op("i32.lt_u", rows, i32(ROW_BLOCK)), rows, i32(ROW_BLOCK))),
          set(panel, b),
          set(c0, c),
          set(start0, start),
          set(left, op("i32.div_u", columns, i32(PANEL))),
          repeat("panels", left, [
            panelCall(PANEL),
            set(panel, plus(panel, panelBytes)),
            set(c0, plus(c0, PANEL_BYTES)),
            set(start0, plus(start0, startStep)),
          ]),
          ...(edge === 0 ? [] : [panelCall(edge)]),
          set(a, plus(a, times(aStride, blockRows))),
          set(c, plus(c, times(cStride, blockRows))),
          set(start, plus(start, times(startStride, blockRows))),
          br("blocks", tee(rows, minus(rows, blockRows))),
        ]),
      ]),
    ],
  );
});
