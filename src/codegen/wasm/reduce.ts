// Sums, greatest and smallest elements over some axes of a strided array. The axes that stay are the outer loops; where the
// last of them lies side by side in memory, many of its elements are reduced at once, otherwise the reduced axis is read in
// vectors where that lies side by side.
import type { Reduction } from "../../kernel/task.ts";
import { minus, plus, range, repeat, repeatInSteps } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { args, word } from "./kernel-arguments.ts";
import { loadLanes, loadRest, storeLanes } from "./simd.ts";
import { type Body, type Expr, f32x4, func, i32, laneOp, load, local, op, set, store, when } from "./tree.ts";

/** What the innermost kept axis, or the innermost reduced one, is for the vectors. */
export type ReduceAccess = "across" | "along" | "apart";

const IDENTITY = { sum: 0, max: -Infinity, min: Infinity } as const;
const COMBINE = { sum: "f32x4.add", max: "f32x4.max", min: "f32x4.min" } as const;
/** Columns that are reduced at once across: two cache lines. */
const WIDE = 8;

type Vector = Expr<"v128">;

/** One of four lanes from all of them. */
function horizontal(reduction: Reduction, x: Vector): Vector {
  const swap = (value: Vector, order: readonly number[]): Vector =>
    laneOp(
      "i8x16.shuffle",
      order.flatMap((lane) => range(4).map((byte) => 4 * lane + byte)),
      value,
      value,
    );
  const half = local("half", "v128");
  const quarter = local("quarter", "v128");
  return {
    kind: "sequence",
    type: "v128",
    body: [set(half, x), set(quarter, op(COMBINE[reduction], half, swap(half, [2, 3, 0, 1])))],
    value: op(COMBINE[reduction], quarter, swap(quarter, [1, 0, 3, 2])),
  };
}

/**
 * Arguments in words: source, target; `kept` sizes, `reduced` sizes; the source's strides along each of these in bytes; the
 * target's strides along the kept ones. `across`: the last kept axis has stride 4 on both sides. `along`: the last reduced
 * axis has stride 4. At least one axis of each kind.
 */
export const reduceKernel = memoize((reduction: Reduction, kept: number, reduced: number, access: ReduceAccess) => {
  const all = kept + reduced;
  const size = (axis: number): Expr<"i32"> => word(2 + axis);
  const sourceStride = (axis: number): Expr<"i32"> => word(2 + all + axis);
  const targetStride = (axis: number): Expr<"i32"> => word(2 + 2 * all + axis);
  const from = (axis: number) => local(`from${axis}`, "i32");
  const to = (axis: number) => local(`to${axis}`, "i32");
  const sum = (index: number) => local(`sum${index}`, "v128");
  const combine = (index: number, value: Vector) => set(sum(index), op(COMBINE[reduction], sum(index), value));
  const clear = (count: number): Body => range(count).map((index) => set(sum(index), f32x4(IDENTITY[reduction])));

  /** Runs through the reduced axes from `axis` on; `visit` sees the address in `from(axis)`. */
  const through = (axis: number, last: number, visit: (from: Expr<"i32">) => Body): Body => {
    const left = local(`left${axis}`, "i32");
    const start = set(from(axis), axis === kept ? local("origin", "i32") : from(axis - 1));
    const inside = axis === last ? visit(from(axis)) : through(axis + 1, last, visit);
    const onward = set(from(axis), plus(from(axis), sourceStride(axis)));
    return [start, set(left, size(axis)), repeat(`axis${axis}`, left, [...inside, onward])];
  };
  const origin = local("origin", "i32");
  const target = local("target", "i32");

  const across = (): Body => {
    const left = local("columns", "i32");
    const chunk = (vectors: number, lanes: number): Body => [
      ...clear(vectors),
      ...through(kept, all - 1, (address) =>
        range(vectors).flatMap((index) => [combine(index, loadLanes(lanes, address, 16 * index))]),
      ),
      ...range(vectors).flatMap((index) => storeLanes(lanes, target, sum(index), 16 * index)),
      set(origin, plus(origin, 4 * lanes * vectors)),
      set(target, plus(target, 4 * lanes * vectors)),
    ];
    return [
      set(left, size(kept - 1)),
      repeatInSteps("wide", left, 4 * WIDE, chunk(WIDE, 4)),
      repeatInSteps("four", left, 4, chunk(1, 4)),
      repeat("one", left, chunk(1, 1)),
    ];
  };
  const along = (): Body => {
    const left = local("columns", "i32");
    const place = local("place", "i32");
    const lanes = local("lanes", "v128");
    // Each element has its sum and lane by its place, also the last ones: zeros behind a line change nothing of its sum.
    const rest = (index: number): Body => {
      const few = [...loadRest(lanes, left, place, IDENTITY[reduction]), combine(index, lanes)];
      if (index === 3) return [when(left, few)];
      const four = [
        combine(index, load("v128.load", place)),
        set(place, plus(place, 16)),
        set(left, minus(left, 4)),
        ...rest(index + 1),
      ];
      return [when(op("i32.ge_u", left, i32(4)), four, [when(left, few)])];
    };
    const vectors = (address: Expr<"i32">): Body => {
      return [
        set(place, address),
        set(left, size(all - 1)),
        repeatInSteps("sixteens", left, 16, [
          ...range(4).map((index) => combine(index, load("v128.load", place, 16 * index))),
          set(place, plus(place, 64)),
        ]),
        ...rest(0),
      ];
    };
    const rows = reduced === 1 ? vectors(origin) : through(kept, all - 2, vectors);
    const pair = (a: number, b: number): Vector => op(COMBINE[reduction], sum(a), sum(b));
    return [
      ...clear(4),
      ...rows,
      set(sum(0), op(COMBINE[reduction], pair(0, 1), pair(2, 3))),
      set(sum(0), horizontal(reduction, sum(0))),
      ...storeLanes(1, target, sum(0), 0),
    ];
  };
  const apart = (): Body => [
    ...clear(1),
    ...through(kept, all - 1, (address) => [combine(0, load("v128.load32_zero", address))]),
    store("f32.store", target, laneOp("f32x4.extract_lane", [0], sum(0))),
  ];
  const inner = { across, along, apart }[access];
  const outerAxes = access === "across" ? kept - 1 : kept;
  const outer = (axis: number): Body => {
    if (axis === outerAxes) {
      const [source, goal] = axis === 0 ? [word(0), word(1)] : [from(axis - 1), to(axis - 1)];
      return [set(origin, source), set(target, goal), ...inner()];
    }
    const left = local(`left${axis}`, "i32");
    return [
      set(from(axis), axis === 0 ? word(0) : from(axis - 1)),
      set(to(axis), axis === 0 ? word(1) : to(axis - 1)),
      set(left, size(axis)),
      repeat(`axis${axis}`, left, [
        ...outer(axis + 1),
        set(from(axis), plus(from(axis), sourceStride(axis))),
        set(to(axis), plus(to(axis), targetStride(axis))),
      ]),
    ];
  };
  return func(`${reduction}_${kept}_${reduced}_${access}`, [args], outer(0));
});
