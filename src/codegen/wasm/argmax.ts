// The position of the greatest element along an axis.
import { minus, plus, repeat } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { args, word } from "./kernel-arguments.ts";
import { type Body, func, i32, load, local, op, set, store, when } from "./tree.ts";

/**
 * Along the middle axis of [outer, n, inner], row-major, to [outer, inner]: the first position of the greatest, as an integer.
 * Arguments source, target, outer, n, inner.
 */
export const argmaxKernel = memoize(() => {
  const [from, to, place] = [local("from", "i32"), local("to", "i32"), local("place", "i32")];
  const [outer, inner, left] = [local("outer", "i32"), local("inner", "i32"), local("left", "i32")];
  const [step, lineBytes] = [local("step", "i32"), local("lineBytes", "i32")];
  const [greatest, value] = [local("greatest", "f32"), local("value", "f32")];
  const [best, found] = [local("best", "i32"), local("found", "i32")];
  const search: Body = [
    set(place, from),
    set(best, i32(0)),
    set(found, i32(0)),
    set(greatest, load("f32.load", from)),
    set(left, word(3)),
    repeat("line", left, [
      set(value, load("f32.load", place)),
      when(op("f32.gt", value, greatest), [set(greatest, value), set(best, found)]),
      set(found, plus(found, 1)),
      set(place, plus(place, step)),
    ]),
    store("i32.store", to, best),
    set(to, plus(to, 4)),
    set(from, plus(from, 4)),
  ];
  return func(
    "argmax",
    [args],
    [
      set(from, word(0)),
      set(to, word(1)),
      set(step, op("i32.shl", word(4), i32(2))),
      set(lineBytes, op("i32.mul", word(3), step)),
      set(outer, word(2)),
      // `from` is after the first elements of a block's lines; the next block begins after their last elements.
      repeat("outer", outer, [
        set(inner, word(4)),
        repeat("inner", inner, search),
        set(from, plus(from, minus(lineBytes, step))),
      ]),
    ],
  );
});
