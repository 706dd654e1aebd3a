// The product of a matrix and packed weights, for any number of rows, columns and terms, also 0.
import { minus, plus, repeat, repeatInSteps, times } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { eachPanel } from "./pack.ts";
import { type Simd } from "./simd.ts";
import { heightOf, type Order, PANEL_BYTES, tile } from "./tile.ts";
import { br, call, func, i32, local, loop, op, select, set, type Statement, tee, when } from "./tree.ts";

/** Rows that are multiplied by all panels before the next rows. */
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
const startStep = local("startStep", "i32");

/** One panel's columns of C [rows, width] = start + A [rows, depth] · B [depth, 16], tile by tile. */
export const gemmPanel = memoize((simd: Simd, order: Order, width: number) => {
  const height = heightOf(width);
  const tileRows = (count: number): readonly Statement[] => [
    call(tile(simd, order, count, width), a, aStride, b, c, cStride, start, startStride, depth),
    set(a, plus(a, times(aStride, count))),
    set(c, plus(c, times(cStride, count))),
    set(start, plus(start, times(startStride, count))),
  ];
  return func(
    `gemmPanel${width}.${order}`,
    [a, aStride, b, c, cStride, start, startStride, rows, depth],
    [repeatInSteps("tiles", rows, height, tileRows(height)), repeat("rest", rows, tileRows(1))],
  );
});

/**
 * C [rows, columns] = start + A [rows, depth] · B [depth, columns], B packed, columns ≡ `edge` modulo 16. A, C and start are
 * row-major, each with its stride in bytes. `start` is the address of the initial values of the sums: C itself to accumulate,
 * another matrix, a bias (stride 0), or 0 (stride 0) for zeros. C overlaps neither A nor B.
 */
export const gemm = memoize((simd: Simd, edge: number) => {
  const blockRows = local("blockRows", "i32");
  const panel = local("panel", "i32");
  const blockC = local("blockC", "i32");
  const blockStart = local("blockStart", "i32");
  const allColumns = local("allColumns", "i32");
  return func(
    edge === 0 ? "gemm" : `gemmEdge${edge}`,
    [a, aStride, b, c, cStride, start, startStride, rows, allColumns, depth],
    [
      set(startStep, select(start, i32(PANEL_BYTES), i32(0))),
      when(rows, [
        loop("blocks", [
          set(blockRows, select(op("i32.lt_u", rows, i32(ROW_BLOCK)), rows, i32(ROW_BLOCK))),
          set(panel, b),
          set(blockC, c),
          set(blockStart, start),
          set(columns, allColumns),
          ...eachPanel(edge, (width) => [
            call(
              gemmPanel(simd, "rows", width),
              ...([a, aStride, panel, blockC, cStride, blockStart, startStride, blockRows, depth] as const),
            ),
            set(panel, plus(panel, times(depth, PANEL_BYTES))),
            set(blockC, plus(blockC, PANEL_BYTES)),
            set(blockStart, plus(blockStart, startStep)),
          ]),
          set(a, plus(a, times(aStride, blockRows))),
          set(c, plus(c, times(cStride, blockRows))),
          set(start, plus(start, times(startStride, blockRows))),
          br("blocks", tee(rows, minus(rows, blockRows))),
        ]),
      ]),
    ],
  );
});
