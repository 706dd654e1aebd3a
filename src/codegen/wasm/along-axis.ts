// What runs along a line of numbers and keeps it: softmax and its logarithm, the running sum; and the greatest element's place.
import { plus, range, repeat, repeatInSteps } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { args, word } from "./kernel-arguments.ts";
import { exp, log } from "./math.ts";
import { loadRest, type Simd, storeRest } from "./simd.ts";
import {
  type Body,
  type Expr,
  f32,
  f32x4,
  func,
  i32,
  laneOp,
  load,
  local,
  type Local,
  op,
  set,
  store,
  when,
} from "./tree.ts";

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
 * Something for each vector of a line, then for the elements that are left, with `rest` in the other lanes. Each element has its
 * lane by its place, so what adds nothing may stand behind a line without changing its sum.
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

/** All four lanes' sum or greatest, in each lane. */
function together(x: Local<"v128">, name: "f32x4.add" | "f32x4.max"): Body {
  return [set(x, op(name, x, turned(x, 2))), set(x, op(name, x, turned(x, 1)))];
}

/**
 * Each of `rows` lines of `n` numbers, side by side: arguments source, its stride, target, its stride (bytes), n, rows.
 * Softmax of a line of -∞ is 0.
 */
export const softmaxKernel = memoize((simd: Simd, name: "softmax" | "logsoftmax") => {
  const isPlain = name === "softmax";
  const shifted = op("f32x4.sub", lanes, top);
  const exponentials = isPlain
    ? [set(lanes, exp(simd, shifted)), set(total, op("f32x4.add", total, lanes))]
    : [set(lanes, shifted), set(total, op("f32x4.add", total, exp(simd, lanes)))];
  // Only `exponentials` writes: x - top, or its exponential; the last pass finishes what stands in the target.
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

/**
 * Along the middle axis of [outer, n, inner], row-major: arguments source, target, outer, n, inner. `cumsum` and `cumsumBack`
 * keep the axis; `argmax` gives the first place of the greatest as an integer.
 */
export const lineKernel = memoize((name: "cumsum" | "cumsumBack" | "argmax") => {
  const outer = local("outer", "i32");
  const inner = local("inner", "i32");
  const step = local("step", "i32");
  const lineBytes = local("lineBytes", "i32");
  const sum = local("sum", "f32");
  const value = local("value", "f32");
  const best = local("best", "i32");
  const found = local("found", "i32");
  const isBack = name === "cumsumBack";
  const start = isBack ? op("i32.sub", lineBytes, step) : i32(0);
  const onward = (address: Local<"i32">) =>
    set(address, isBack ? op("i32.sub", address, step) : op("i32.add", address, step));
  const running: Body = [
    set(place, op("i32.add", from, start)),
    set(goal, op("i32.add", to, start)),
    set(sum, f32(0)),
    set(left, word(3)),
    repeat("line", left, [
      set(sum, op("f32.add", sum, load("f32.load", place))),
      store("f32.store", goal, sum),
      onward(place),
      onward(goal),
    ]),
    set(to, plus(to, 4)),
  ];
  const searching: Body = [
    set(place, from),
    set(best, i32(0)),
    set(found, i32(0)),
    set(sum, load("f32.load", from)),
    set(left, word(3)),
    repeat("line", left, [
      set(value, load("f32.load", place)),
      when(op("f32.gt", value, sum), [set(sum, value), set(best, found)]),
      set(found, plus(found, 1)),
      onward(place),
    ]),
    store("i32.store", to, best),
    set(to, plus(to, 4)),
  ];
  // Lines begin side by side; behind the last of them the next block of lines begins.
  const isKept = name !== "argmax";
  return func(
    name,
    [args],
    [
      set(from, word(0)),
      set(to, word(1)),
      set(step, op("i32.shl", word(4), i32(2))),
      set(lineBytes, op("i32.mul", word(3), step)),
      set(outer, word(2)),
      repeat("outer", outer, [
        set(inner, word(4)),
        repeat("inner", inner, [...(isKept ? running : searching), set(from, plus(from, 4))]),
        set(from, op("i32.add", from, minusStep(lineBytes, step))),
        ...(isKept ? [set(to, op("i32.add", to, minusStep(lineBytes, step)))] : []),
      ]),
    ],
  );
});

const minusStep = (bytes: Expr<"i32">, step: Expr<"i32">): Expr<"i32"> => op("i32.sub", bytes, step);

/**
 * Rows of a table by integers, and zeros for an integer that is no row's number: nothing outside of the table is read. Arguments
 * table, bytes from row to row, indices, target, bytes from row to row of it, numbers in a row, how many indices, rows of the table.
 */
export const gatherKernel = memoize(() => {
  const index = local("index", "i32");
  const copy: Body = [
    set(place, op("i32.add", word(0), op("i32.mul", index, word(1)))),
    set(goal, to),
    set(left, word(5)),
    repeatInSteps("lanes", left, 4, [
      store("v128.store", goal, load("v128.load", place)),
      set(place, plus(place, 16)),
      set(goal, plus(goal, 16)),
    ]),
    repeat("rest", left, [
      store("f32.store", goal, load("f32.load", place)),
      set(place, plus(place, 4)),
      set(goal, plus(goal, 4)),
    ]),
  ];
  return func(
    "gather",
    [args],
    [
      set(from, word(2)),
      set(to, word(3)),
      set(rows, word(6)),
      repeat("rows", rows, [
        set(index, load("i32.load", from)),
        // Unsigned, a negative one is large.
        when(op("i32.lt_u", index, word(7)), copy, [op("memory.fill", to, i32(0), op("i32.shl", word(5), i32(2)))]),
        set(from, plus(from, 4)),
        set(to, plus(to, word(4))),
      ]),
    ],
  );
});

/** Rows of zeros with a 1 at the integer, where there is such a place: arguments integers, target, row's length, count. */
export const onehotKernel = memoize(() => {
  const token = local("token", "i32");
  const bytes = local("bytes", "i32");
  return func(
    "onehot",
    [args],
    [
      set(from, word(0)),
      set(to, word(1)),
      set(bytes, op("i32.shl", word(2), i32(2))),
      set(rows, word(3)),
      op("memory.fill", to, i32(0), op("i32.mul", rows, bytes)),
      repeat("rows", rows, [
        set(token, load("i32.load", from)),
        when(op("i32.lt_u", token, word(2)), [store("f32.store", plus(to, op("i32.shl", token, i32(2))), f32(1))]),
        set(from, plus(from, 4)),
        set(to, plus(to, bytes)),
      ]),
    ],
  );
});
