// Products of many small matrices, as in attention. They pack nothing.
import { minus, plus, range, repeat, repeatInSteps } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { args, word } from "./kernel-arguments.ts";
import { loadLanes, loadRest, madd, type Simd, storeLanes } from "./simd.ts";
import { type Body, type Expr, f32x4, func, i32, laneOp, load, local, op, set, store, when } from "./tree.ts";

const address = (name: string) => local(name, "i32");
const [m, n, k] = [local("m", "i32"), local("n", "i32"), local("k", "i32")];
const [a, b, c] = [address("a"), address("b"), address("c")];
const [aRow, cRow] = [address("aRow"), address("cRow")];
const [x, y] = [address("x"), address("y")];
const goal = address("goal");
const [aBatch, aM, aK] = [word(7), word(8), word(9)];
const [bBatch, bK, bN] = [word(10), word(11), word(12)];
const [cBatch, cM, cN] = [word(13), word(14), word(15)];
const sum = (index: number) => local(`sum${index}`, "v128");

/** Rows of B that are read together: each adds a stream of memory, and saves a pass over C. */
const ROWS_AT_ONCE = 4;

/**
 * C [batch, m, n] = A [batch, m, k] · B [batch, k, n]. Strides are free, except that the last axis of B and C has stride 4 (`rows`),
 * or the axis k of A and B (`dots`). Arguments in words: a, b, c; batch, m, n, k; strides in bytes of A along batch, m, k, of B
 * along batch, k, n, and of C along batch, m, n.
 */
export const smallProductKernel = memoize((simd: Simd, kind: "rows" | "dots") => {
  const batch = local("batch", "i32");
  const row = kind === "rows" ? rowByRows(simd) : rowByDots(simd);
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
        repeat("m", m, [...row, set(aRow, plus(aRow, aM)), set(cRow, plus(cRow, cM))]),
        set(a, plus(a, aBatch)),
        set(b, plus(b, bBatch)),
        set(c, plus(c, cBatch)),
      ]),
    ],
  );
});

/** A row of C as a sum of B's rows. */
function rowByRows(simd: Simd): Body {
  return [
    op("memory.fill", cRow, i32(0), op("i32.shl", word(5), i32(2))),
    set(x, aRow),
    set(y, b),
    set(k, word(6)),
    repeatInSteps("many", k, ROWS_AT_ONCE, addRows(simd, ROWS_AT_ONCE)),
    repeat("few", k, addRows(simd, 1)),
  ];
}

/** Adds the next `count` rows of B, each times its factor, to the row of C. B is read from its beginning to its end. */
function addRows(simd: Simd, count: number): Body {
  const factors = range(count).map((index) => local(`factor${index}`, "v128"));
  const row = (index: number) => address(`row${index}`);
  const columns = (lanes: number): Body => [
    set(
      sum(0),
      factors.reduce<Expr<"v128">>(
        (total, factor, index) => madd(simd, factor, loadLanes(lanes, row(index), 0), total),
        loadLanes(lanes, goal, 0),
      ),
    ),
    ...storeLanes(lanes, goal, sum(0), 0),
    ...[...range(count).map(row), goal].map((each) => set(each, plus(each, 4 * lanes))),
  ];
  return [
    ...factors.flatMap((factor, index) => [
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
}

/** Each element of a row of C as the product of a row of A with a column of B, eight terms at once. */
function rowByDots(simd: Simd): Body {
  const z = address("z");
  const lane = (index: number) => laneOp("f32x4.extract_lane", [index], sum(0));
  const term = (index: number) =>
    madd(simd, load("v128.load", x, 16 * index), load("v128.load", y, 16 * index), sum(index));
  return [
    set(z, b),
    set(goal, cRow),
    set(n, word(5)),
    repeat("dots", n, [
      ...range(2).map((index) => set(sum(index), f32x4(0))),
      set(x, aRow),
      set(y, z),
      set(k, word(6)),
      repeatInSteps("eights", k, 8, [
        ...range(2).map((index) => set(sum(index), term(index))),
        set(x, plus(x, 32)),
        set(y, plus(y, 32)),
      ]),
      lastTerms(simd),
      set(sum(0), op("f32x4.add", sum(0), sum(1))),
      store("f32.store", goal, op("f32.add", op("f32.add", lane(0), lane(1)), op("f32.add", lane(2), lane(3)))),
      set(z, plus(z, bN)),
      set(goal, plus(goal, cN)),
    ]),
  ];
}

/** The last 0 ≤ k < 8 terms. As in a whole eight, each goes to the sum and the lane of its place. */
function lastTerms(simd: Simd) {
  const [fewOfA, fewOfB] = [local("fewOfA", "v128"), local("fewOfB", "v128")];
  const few = (index: number): Body => [
    ...loadRest(fewOfA, k, x, 0),
    ...loadRest(fewOfB, k, y, 0),
    set(sum(index), madd(simd, fewOfA, fewOfB, sum(index))),
  ];
  const four: Body = [
    set(sum(0), madd(simd, load("v128.load", x), load("v128.load", y), sum(0))),
    set(x, plus(x, 16)),
    set(y, plus(y, 16)),
    set(k, minus(k, 4)),
  ];
  return when(op("i32.ge_u", k, i32(4)), [...four, when(k, few(1))], [when(k, few(0))]);
}
