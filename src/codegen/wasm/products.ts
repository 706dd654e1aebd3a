// Products as kernels of a program: the arguments stand in memory. Besides the tiled product with packed weights, two for
// products of many small matrices (attention), which pack nothing.
import { minus, plus, range, repeat, repeatInSteps } from "./arithmetic.ts";
import { gemm } from "./gemm.ts";
import { gemmTransposed } from "./gemm-transposed.ts";
import { memoize } from "./memoize.ts";
import { args, word } from "./kernel-arguments.ts";
import { pack, packTransposed } from "./pack.ts";
import { loadLanes, loadRest, madd, type Simd, storeLanes } from "./simd.ts";
import {
  type Body,
  call,
  type Callee,
  type Expr,
  f32x4,
  func,
  i32,
  laneOp,
  load,
  local,
  op,
  set,
  store,
  when,
} from "./tree.ts";

/** A function of so many words as a kernel that finds them in memory. */
function fromMemory(callee: Callee<readonly "i32"[], "none">) {
  return func(`${callee.name}.kernel`, [args], [call(callee, ...callee.params.map((_, index) => word(index)))]);
}

/** As `gemm`: a, aStride, b, c, cStride, start, startStride, rows, columns, depth. */
export const gemmKernel = memoize((simd: Simd, edge: number) => fromMemory(gemm(simd, edge)));

/** As `pack` and `packTransposed`: source, stride, target, columns, depth. */
export const packKernel = memoize((edge: number) => fromMemory(pack(edge)));
export const packTransposedKernel = memoize((edge: number) => fromMemory(packTransposed(edge)));

/** As `gemmTransposed`; nothing where C has no rows, and zeros where the sum has no terms. */
export const gemmTransposedKernel = memoize((simd: Simd, rowEdge: number, edge: number) => {
  const product: Callee<readonly "i32"[], "none"> = gemmTransposed(simd, rowEdge, edge);
  const [rows, depth] = [word(8), word(10)];
  return func(
    `${product.name}.kernel`,
    [args],
    [when(rows, [when(depth, [call(product, ...product.params.map((_, index) => word(index)))])])],
  );
});

const from = (operand: string) => local(operand, "i32");

/** Rows of B that are read together: each adds a stream of memory, and fewer passes over C. */
const ROWS_AT_ONCE = 4;

/**
 * C [batch, m, n] = A [batch, m, k] · B [batch, k, n] of any strides but that B's and C's last axis lies side by side
 * (`rows`), or that A's and B's axis of k does (`dots`). Arguments in words: a, b, c; batch, m, n, k; A's strides along batch, m,
 * k; B's along batch, k, n; C's along batch, m, n, all in bytes.
 */
export const smallProductKernel = memoize((simd: Simd, kind: "rows" | "dots") => {
  const [m, n, k] = [local("m", "i32"), local("n", "i32"), local("k", "i32")];
  const batch = local("batch", "i32");
  const [a, b, c] = [from("a"), from("b"), from("c")];
  const [aRow, cRow] = [from("aRow"), from("cRow")];
  const [x, y, z] = [from("x"), from("y"), from("z")];
  const [aBatch, aM, aK] = [word(7), word(8), word(9)];
  const [bBatch, bK, bN] = [word(10), word(11), word(12)];
  const [cBatch, cM, cN] = [word(13), word(14), word(15)];
  const sum = (index: number) => local(`sum${index}`, "v128");

  const goal = local("goal", "i32");
  const factors = range(ROWS_AT_ONCE).map((row) => local(`factor${row}`, "v128"));
  const row = (index: number) => local(`row${index}`, "i32");

  /** Adds so many rows of B, each times its factor, to the row of C: B is read from its beginning to its end. */
  const addRows = (count: number): Body => {
    const used = factors.slice(0, count);
    const columns = (lanes: number): Body => [
      set(
        sum(0),
        used.reduce<Expr<"v128">>(
          (total, factor, index) => madd(simd, factor, loadLanes(lanes, row(index), 0), total),
          loadLanes(lanes, goal, 0),
        ),
      ),
      ...storeLanes(lanes, goal, sum(0), 0),
      ...[...range(count).map(row), goal].map((address) => set(address, plus(address, 4 * lanes))),
    ];
    return [
      ...used.flatMap((factor, index) => [
        set(factor, load("v128.load32_splat", x)),
        set(x, plus(x, aK)),
        set(row(index), y),
        set(y, plus(y, bK)),
      ]),
      set(goal, cRow),
      set(n, word(5)),
      repeatInSteps(`four${count}`, n, 4, columns(4)),
      repeat(`one${count}`, n, columns(1)),
    ];
  };
  const rows: Body = [
    op("memory.fill", cRow, i32(0), op("i32.shl", word(5), i32(2))),
    set(x, aRow),
    set(y, b),
    set(k, word(6)),
    repeatInSteps("many", k, ROWS_AT_ONCE, addRows(ROWS_AT_ONCE)),
    repeat("few", k, addRows(1)),
  ];
  const lane = (index: number) => laneOp("f32x4.extract_lane", [index], sum(0));
  const [fewOfA, fewOfB] = [local("fewOfA", "v128"), local("fewOfB", "v128")];
  // As in a whole eight, each product goes to the sum and the lane of its place.
  const fewMore = (index: number): Body => [
    ...loadRest(fewOfA, k, x, 0),
    ...loadRest(fewOfB, k, y, 0),
    set(sum(index), madd(simd, fewOfA, fewOfB, sum(index))),
  ];
  const fourMore: Body = [
    set(sum(0), madd(simd, load("v128.load", x), load("v128.load", y), sum(0))),
    set(x, plus(x, 16)),
    set(y, plus(y, 16)),
    set(k, minus(k, 4)),
  ];
  const dots: Body = [
    set(z, b),
    set(goal, cRow),
    set(n, word(5)),
    repeat("dots", n, [
      ...range(2).map((index) => set(sum(index), f32x4(0))),
      set(x, aRow),
      set(y, z),
      set(k, word(6)),
      repeatInSteps("eights", k, 8, [
        ...range(2).map((index) =>
          set(sum(index), madd(simd, load("v128.load", x, 16 * index), load("v128.load", y, 16 * index), sum(index))),
        ),
        set(x, plus(x, 32)),
        set(y, plus(y, 32)),
      ]),
      when(op("i32.ge_u", k, i32(4)), [...fourMore, when(k, fewMore(1))], [when(k, fewMore(0))]),
      set(sum(0), op("f32x4.add", sum(0), sum(1))),
      store("f32.store", goal, op("f32.add", op("f32.add", lane(0), lane(1)), op("f32.add", lane(2), lane(3)))),
      set(z, plus(z, bN)),
      set(goal, plus(goal, cN)),
    ]),
  ];
  return func(
    `smallProduct.${kind}`,
    [args],
    [
      set(a, word(0)),
      set(b, word(1)),
      set(c, word(2)),
      set(batch, word(3)),
      repeat("batch", batch, [
        set(aRow, a),
        set(cRow, c),
        set(m, word(4)),
        repeat("m", m, [...(kind === "rows" ? rows : dots), set(aRow, plus(aRow, aM)), set(cRow, plus(cRow, cM))]),
        set(a, plus(a, aBatch)),
        set(b, plus(b, bBatch)),
        set(c, plus(c, cBatch)),
      ]),
    ],
  );
});
