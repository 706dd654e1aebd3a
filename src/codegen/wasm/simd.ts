// The difference between the two instruction sets: relaxed SIMD has a multiply-add (rounded once on machines with FMA), plain SIMD
// multiplies and adds. Also loads and stores of one to four lanes at an address that need not be aligned.
import {
  type Body,
  type Expr,
  f32x4,
  i32,
  laneAt,
  laneOp,
  load,
  type Local,
  op,
  set,
  type Statement,
  store,
  when,
} from "./tree.ts";

export type Simd = "relaxed" | "plain";

/** a · b + c in each lane. */
export function madd(simd: Simd, a: Expr<"v128">, b: Expr<"v128">, c: Expr<"v128">): Expr<"v128"> {
  return simd === "relaxed" ? op("f32x4.relaxed_madd", a, b, c) : op("f32x4.add", op("f32x4.mul", a, b), c);
}

/** The first 1 ≤ `count` ≤ 4 floats at an address; the other lanes are 0. */
export function loadLanes(count: number, address: Expr<"i32">, offset: number): Expr<"v128"> {
  if (count === 1) return load("v128.load32_zero", address, offset);
  if (count === 2) return load("v128.load64_zero", address, offset);
  if (count === 3) return laneAt("v128.load32_lane", 2, address, load("v128.load64_zero", address, offset), offset + 8);
  return load("v128.load", address, offset);
}

/** Stores the first 1 ≤ `count` ≤ 4 lanes, and writes nothing else. */
export function storeLanes(
  count: number,
  address: Expr<"i32">,
  value: Local<"v128">,
  offset: number,
): readonly Statement[] {
  if (count === 1) return [laneAt("v128.store32_lane", 0, address, value, offset)];
  if (count === 2) return [laneAt("v128.store64_lane", 0, address, value, offset)];
  if (count === 3) {
    const first = laneAt("v128.store64_lane", 0, address, value, offset);
    return [first, laneAt("v128.store32_lane", 2, address, value, offset + 8)];
  }
  return [store("v128.store", address, value, offset)];
}

const atLeast = (left: Local<"i32">, count: number): Expr<"i32"> => op("i32.ge_u", left, i32(count));

/** Loads the last 1 ≤ `left` ≤ 3 floats of a line into their own lanes; the other lanes are `rest`. */
export function loadRest(to: Local<"v128">, left: Local<"i32">, address: Expr<"i32">, rest: number): Body {
  const lane = (index: number): Statement =>
    set(
      to,
      laneOp("f32x4.replace_lane", [index], index === 0 ? f32x4(rest) : to, load("f32.load", address, 4 * index)),
    );
  return [lane(0), when(atLeast(left, 2), [lane(1)]), when(atLeast(left, 3), [lane(2)])];
}

/** Stores the first 1 ≤ `left` ≤ 3 lanes. */
export function storeRest(address: Expr<"i32">, left: Local<"i32">, from: Local<"v128">): Body {
  const lane = (index: number): Statement => laneAt("v128.store32_lane", index, address, from, 4 * index);
  return [lane(0), when(atLeast(left, 2), [lane(1)]), when(atLeast(left, 3), [lane(2)])];
}
