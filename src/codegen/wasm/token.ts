// Kernels of tokens: rows of a table, and one-hot rows.
import { plus, repeat, repeatInSteps } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { args, word } from "./kernel-arguments.ts";
import { type Body, f32, func, i32, load, local, op, set, store, when } from "./tree.ts";

const from = local("from", "i32");
const to = local("to", "i32");
const rows = local("rows", "i32");
const left = local("left", "i32");
const place = local("place", "i32");
const goal = local("goal", "i32");

/**
 * Rows of a table by integers, and zeros for an integer that is not a row: nothing outside the table is read. Arguments table, its
 * stride in bytes, indices, target, its stride in bytes, numbers in a row, number of indices, rows of the table.
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
        // As unsigned, a negative index is large.
        when(op("i32.lt_u", index, word(7)), copy, [op("memory.fill", to, i32(0), op("i32.shl", word(5), i32(2)))]),
        set(from, plus(from, 4)),
        set(to, plus(to, word(4))),
      ]),
    ],
  );
});

/**
 * Rows added to those of a table of zeros by integers, in their order; an integer that is not a row of the table adds nothing. Arguments
 * integers, rows, their stride in bytes, table, its stride in bytes, numbers in a row, number of integers, rows of the table.
 */
export const scatterKernel = memoize(() => {
  const index = local("index", "i32");
  const lanes = op("f32x4.add", load("v128.load", goal), load("v128.load", place));
  const one = op("f32.add", load("f32.load", goal), load("f32.load", place));
  const onward = (bytes: number): Body => [set(place, plus(place, bytes)), set(goal, plus(goal, bytes))];
  return func(
    "scatter",
    [args],
    [
      set(goal, word(3)),
      set(rows, word(7)),
      repeat("empty", rows, [
        op("memory.fill", goal, i32(0), op("i32.shl", word(5), i32(2))),
        set(goal, plus(goal, word(4))),
      ]),
      set(from, word(0)),
      set(to, word(1)),
      set(rows, word(6)),
      repeat("rows", rows, [
        set(index, load("i32.load", from)),
        when(op("i32.lt_u", index, word(7)), [
          set(goal, op("i32.add", word(3), op("i32.mul", index, word(4)))),
          set(place, to),
          set(left, word(5)),
          repeatInSteps("lanes", left, 4, [store("v128.store", goal, lanes), ...onward(16)]),
          repeat("rest", left, [store("f32.store", goal, one), ...onward(4)]),
        ]),
        set(from, plus(from, 4)),
        set(to, plus(to, word(2))),
      ]),
    ],
  );
});

/** Rows of zeros with a 1 at the integer, if it is within the row. Arguments integers, target, length of a row, count. */
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
