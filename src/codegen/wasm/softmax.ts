// Softmax and its logarithm along lines of numbers.
import { plus, range, repeat, repeatInSteps } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { args, word } from "./kernel-arguments.ts";
import { exp, log } from "./math.ts";
import { loadRest, type Simd, storeRest } from "./simd.ts";
import { type Body, type Expr, f32x4, func, laneOp, load, local, type Local, op, set, store, when } from "./tree.ts";

const from = local("from", "i32");
const to = local("to", "i32");
const rows = local("rows", "i32");
const left = local("left", "i32");
const place = local("place", "i32");
const goal = local("goal", "i32");
const lanes = local("lanes", "v128");
const total = local("total", "v128");
const top = local("top", "v128");

/**
 * Runs `visit` for each vector of a line, then for the last elements, with `rest` in the other lanes. The index of an element decides
 * its lane, so neutral elements after a line do not change its sum.
 */
function alongLine(label: string, rest: number, visit: (lanes: Local<"v128">) => Body, keepsResult: boolean): Body {
  const onward = (bytes: number): Body => [set(place, plus(place, bytes)), set(goal, plus(goal, bytes))];
  return [
    set(place, from),
    set(goal, to),
    set(left, word(4)),
    repeatInSteps(`${label}Lanes`, left, 4, [
      set(lanes, load("v128.load", keepsResult ? goal : place)),
      ...visit(lanes),
      ...(keepsResult || label === "exponentials" ? [store("v128.store", goal, lanes)] : []),
      ...onward(16),
    ]),
    when(left, [
      ...loadRest(lanes, left, keepsResult ? goal : place, rest),
      ...visit(lanes),
      ...(keepsResult || label === "exponentials" ? storeRest(goal, left, lanes) : []),
    ]),
  ];
}

function turned(x: Expr<"v128">, by: 1 | 2): Expr<"v128"> {
  return laneOp(
    "i8x16.shuffle",
    range(16).map((byte) => (byte + 4 * by) % 16),
    x,
    x,
  );
}

/** The sum or the maximum of all four lanes, in each lane. */
function together(x: Local<"v128">, name: "f32x4.add" | "f32x4.max"): Body {
  return [set(x, op(name, x, turned(x, 2))), set(x, op(name, x, turned(x, 1)))];
}

/**
 * For each of `rows` contiguous lines of `n` numbers. Arguments source, its stride, target, its stride (bytes), n, rows.
 * Softmax of a line of -∞ is 0.
 */
export const softmaxKernel = memoize((simd: Simd, name: "softmax" | "logsoftmax") => {
  const isPlain = name === "softmax";
  const shifted = op("f32x4.sub", lanes, top);
  const exponentials = isPlain
    ? [set(lanes, exp(simd, shifted)), set(total, op("f32x4.add", total, lanes))]
    : [set(lanes, shifted), set(total, op("f32x4.add", total, exp(simd, lanes)))];
  // The second pass (`exponentials`) writes x - top, or its exponential, to the target; the last pass finishes it there.
  const finish: Body = isPlain ? [set(total, op("f32x4.div", f32x4(1), total))] : [set(total, log(simd, total))];
  const last = isPlain ? op("f32x4.mul", lanes, total) : op("f32x4.sub", lanes, total);
  const isEmpty = op("f32x4.eq", top, f32x4(-Infinity));
  return func(
    name,
    [args],
    [
      set(from, word(0)),
      set(to, word(2)),
      set(rows, word(5)),
      repeat("rows", rows, [
        set(top, f32x4(-Infinity)),
        ...alongLine("greatest", -Infinity, () => [set(top, op("f32x4.max", top, lanes))], false),
        ...together(top, "f32x4.max"),
        set(total, f32x4(0)),
        ...alongLine("exponentials", -Infinity, () => exponentials, false),
        ...together(total, "f32x4.add"),
        ...finish,
        ...alongLine("shares", 0, () => [set(lanes, isPlain ? op("v128.andnot", last, isEmpty) : last)], true),
        set(from, plus(from, word(1))),
        set(to, plus(to, word(3))),
      ]),
    ],
  );
});
