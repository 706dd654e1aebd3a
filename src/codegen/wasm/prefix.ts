// Running results along an axis, such as the running sum.
import type { PrefixWork } from "../../kernel/task.ts";
import { minus, plus, repeat, repeatInSteps } from "./arithmetic.ts";
import { scalarLanes } from "./lanes.ts";
import { memoize } from "./memoize.ts";
import { args, word } from "./kernel-arguments.ts";
import { loadLanes, type Simd, storeLanes } from "./simd.ts";
import { type Body, f32x4, func, i32, local, op, set } from "./tree.ts";

/**
 * Along the middle axis of [outer, n, inner], row-major, four lines at once where four lie side by side.
 * Arguments source, target, outer, n, inner.
 */
export function prefixKernel(simd: Simd, { combine, identity, reverse }: PrefixWork) {
  return kernel(simd, combine, identity, reverse ? "backward" : "forward");
}

const kernel = memoize(
  (simd: Simd, combine: PrefixWork["combine"], identity: number, direction: "forward" | "backward") => {
    const [from, to] = [local("from", "i32"), local("to", "i32")];
    const [place, goal] = [local("place", "i32"), local("goal", "i32")];
    const [outer, inner, left] = [local("outer", "i32"), local("inner", "i32"), local("left", "i32")];
    const [step, lineBytes] = [local("step", "i32"), local("lineBytes", "i32")];
    const [total, value] = [local("total", "v128"), local("value", "v128")];
    const isBackward = direction === "backward";
    const start = isBackward ? minus(lineBytes, step) : 0;
    const next = isBackward ? minus : plus;
    const lines = (count: 1 | 4): Body => [
      set(place, plus(from, start)),
      set(goal, plus(to, start)),
      set(total, f32x4(identity)),
      set(left, word(3)),
      repeat(`line${count}`, left, [
        set(value, loadLanes(count, place, 0)),
        set(total, scalarLanes(simd, combine, [total, value])),
        ...storeLanes(count, goal, total, 0),
        set(place, next(place, step)),
        set(goal, next(goal, step)),
      ]),
      set(from, plus(from, 4 * count)),
      set(to, plus(to, 4 * count)),
    ];
    return func(
      `prefix.${combine}.${identity}.${direction}`,
      [args],
      [
        set(from, word(0)),
        set(to, word(1)),
        set(step, op("i32.shl", word(4), i32(2))),
        set(lineBytes, op("i32.mul", word(3), step)),
        set(outer, word(2)),
        // Lines begin side by side; the next block of lines begins behind the last of them.
        repeat("outer", outer, [
          set(inner, word(4)),
          repeatInSteps("inner4", inner, 4, lines(4)),
          repeat("inner1", inner, lines(1)),
          set(from, plus(from, minus(lineBytes, step))),
          set(to, plus(to, minus(lineBytes, step))),
        ]),
      ],
    );
  },
);
