// Packing: a matrix B [depth, columns] as panels of 16 columns. Each panel is [depth, 16], dense; the last one is filled with zero
// columns. A product reads a panel from its beginning to its end.
import { plus, range, repeat, repeatInSteps, times } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { loadLanes } from "./simd.ts";
import { PANEL, PANEL_BYTES } from "./tile.ts";
import { call, type Expr, f32, f32x4, func, i32, laneOp, load, local, op, set, type Statement, store } from "./tree.ts";

const source = local("source", "i32");
const stride = local("stride", "i32");
const target = local("target", "i32");
const columns = local("columns", "i32");
const depth = local("depth", "i32");

/** Bytes of a packed matrix. */
export function packedBytes(depthOfMatrix: number, columnsOfMatrix: number): number {
  return PANEL_BYTES * depthOfMatrix * Math.ceil(columnsOfMatrix / PANEL);
}

/** Runs code for each whole panel, counting `columns` down, then for the panel of `edge` columns if there is one. */
export function eachPanel(edge: number, body: (width: number) => readonly Statement[]): readonly Statement[] {
  const whole = [set(columns, op("i32.shr_u", columns, i32(Math.log2(PANEL)))), repeat("panels", columns, body(PANEL))];
  return edge === 0 ? whole : [...whole, ...body(edge)];
}

/** One panel of `width` columns from rows of B, `stride` bytes apart. */
export const packPanel = memoize((width: number) => {
  const vector = (index: number): Expr<"v128"> => {
    const count = Math.min(4, width - 4 * index);
    return count <= 0 ? f32x4(0) : loadLanes(count, source, 16 * index);
  };
  return func(
    `packPanel${width}`,
    [source, stride, target, depth],
    [
      repeat("rows", depth, [
        ...range(PANEL / 4).map((index) => store("v128.store", target, vector(index), 16 * index)),
        set(source, plus(source, stride)),
        set(target, plus(target, PANEL_BYTES)),
      ]),
    ],
  );
});

/** One panel of `width` columns from rows of Bᵀ: `width` rows of B's columns, `stride` bytes apart. */
export const packPanelOfTransposed = memoize((width: number) => {
  const row = (index: number) => local(index === 0 ? "source" : `source${index}`, "i32");
  const isThere = (index: number): boolean => index < width;
  const rows = range(width);
  const lane = (index: number) => local(`row${index}`, "v128");
  const half = (index: number) => local(`half${index}`, "v128");
  const four = (group: number): readonly Statement[] => {
    if (!isThere(4 * group))
      return range(4).map((k) => store("v128.store", target, f32x4(0), PANEL_BYTES * k + 16 * group));
    const part = (index: number): Expr<"v128"> => {
      return isThere(4 * group + index) ? load("v128.load", row(4 * group + index)) : f32x4(0);
    };
    const outer = [half(0), half(1), half(2), half(3)] as const;
    const [low01, high01, low23, high23] = outer;
    const out = [pairs(low01, low23, 0), pairs(low01, low23, 1), pairs(high01, high23, 0), pairs(high01, high23, 1)];
    return [
      ...range(4).map((index) => set(lane(index), part(index))),
      set(low01, mixed(lane(0), lane(1), 0)),
      set(high01, mixed(lane(0), lane(1), 2)),
      set(low23, mixed(lane(2), lane(3), 0)),
      set(high23, mixed(lane(2), lane(3), 2)),
      ...out.map((value, k) => store("v128.store", target, value, PANEL_BYTES * k + 16 * group)),
    ];
  };
  const one = (index: number): Statement => {
    return store("f32.store", target, isThere(index) ? load("f32.load", row(index)) : f32(0), 4 * index);
  };
  const onward = (steps: number): readonly Statement[] => [
    ...rows.map((index) => set(row(index), plus(row(index), 4 * steps))),
    set(target, plus(target, PANEL_BYTES * steps)),
  ];
  return func(
    `packPanelOfTransposed${width}`,
    [source, stride, target, depth],
    [
      ...rows.slice(1).map((index) => set(row(index), plus(row(index - 1), stride))),
      repeatInSteps("fours", depth, 4, [...range(PANEL / 4).flatMap(four), ...onward(4)]),
      repeat("ones", depth, [...range(PANEL).map(one), ...onward(1)]),
    ],
  );
});

/** Lanes `first` and `first + 1` of a and b, interleaved: a b a b. */
function mixed(a: Expr<"v128">, b: Expr<"v128">, first: number): Expr<"v128"> {
  return shuffle([first, first + 4, first + 1, first + 5], a, b);
}

/** One half of a, then the same half of b. */
function pairs(a: Expr<"v128">, b: Expr<"v128">, half: number): Expr<"v128"> {
  return shuffle([2 * half, 2 * half + 1, 2 * half + 4, 2 * half + 5], a, b);
}

/** Four of the eight lanes of a and b. */
function shuffle(of: readonly number[], a: Expr<"v128">, b: Expr<"v128">): Expr<"v128"> {
  return laneOp(
    "i8x16.shuffle",
    of.flatMap((lane) => range(4).map((byte) => 4 * lane + byte)),
    a,
    b,
  );
}

/** Packs B [depth, columns], row-major with rows `stride` bytes apart; columns ≡ `edge` modulo 16. */
export const pack = memoize((edge: number) => {
  return func(
    edge === 0 ? "pack" : `packEdge${edge}`,
    [source, stride, target, columns, depth],
    eachPanel(edge, (width) => [
      call(packPanel(width), source, stride, target, depth),
      set(source, plus(source, PANEL_BYTES)),
      set(target, plus(target, times(depth, PANEL_BYTES))),
    ]),
  );
});

/** Packs B [depth, columns] given as Bᵀ [columns, depth], row-major with rows `stride` bytes apart. */
export const packTransposed = memoize((edge: number) => {
  return func(
    edge === 0 ? "packTransposed" : `packTransposedEdge${edge}`,
    [source, stride, target, columns, depth],
    eachPanel(edge, (width) => [
      call(packPanelOfTransposed(width), source, stride, target, depth),
      set(source, plus(source, times(stride, PANEL))),
      set(target, plus(target, times(depth, PANEL_BYTES))),
    ]),
  );
});
