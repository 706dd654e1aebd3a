// The driver runs a program: a list of entries in memory. Loops over time run inside WebAssembly, and a new length of a sequence is
// a new list, not a new module. A kernel takes the address of its arguments. Every entry begins with its kind and its size in bytes:
//
//   call     kind, size, index in the table, arguments …
//   loop     kind, size, number of turns (≥ 1), bytes to the `again` that ends it
//   again    kind, size, turns left, bytes back to the loop's body, number of advances, then for each: the address of an
//            argument, its increment at each turn, and the sum of its increments
//   meet     kind, size, address of the barrier, number of threads
//   leave    kind, size, address of the barrier, number of threads: they meet for the last time, and the list ends. After
//            that, no thread reads its list, because the first thread may release it.
//   end      kind, size
import { ENTRY } from "../../kernel/entry.ts";
import { minus, plus, repeat } from "./arithmetic.ts";
import { barrier, SPINS } from "./barrier.ts";
import { memoize } from "./memoize.ts";
import { block, br, call, callAt, drop, func, i32, i64, load, local, loop, op, ret, set, store, when } from "./tree.ts";

/**
 * Runs the program at an address: as one of several threads, which sleep or spin at a `meet`, or `alone`, for programs without `meet`.
 */
export const driver = memoize((waiting: keyof typeof SPINS | "alone") => {
  const at = local("at", "i32");
  const kind = local("kind", "i32");
  const left = local("left", "i32");
  const entry = local("entry", "i32");
  const argument = local("argument", "i32");
  const word = (index: number) => load("i32.load", at, 4 * index);
  const is = (name: keyof typeof ENTRY) => op("i32.eq", kind, i32(ENTRY[name]));
  const meetAt = (spins: keyof typeof SPINS) => call(barrier(SPINS[spins]), word(2), word(3));
  const onward = set(at, plus(at, word(1)));
  /** Adds the word at `offset` of each advance to its argument. */
  const advance = (label: string, offset: number, isBack: boolean) => [
    set(left, word(4)),
    set(entry, plus(at, 20)),
    repeat(label, left, [
      set(argument, load("i32.load", entry)),
      store(
        "i32.store",
        argument,
        op(isBack ? "i32.sub" : "i32.add", load("i32.load", argument), load("i32.load", entry, offset)),
      ),
      set(entry, plus(entry, 12)),
    ]),
  ];
  return func(
    "run",
    [at],
    [
      loop("next", [
        set(kind, load("i32.load", at)),
        block("jumped", [
          when(is("call"), [callAt(word(2), plus(at, 12)), onward, br("jumped")]),
          when(is("again"), [
            ...advance("forth", 4, false),
            store("i32.store", at, minus(word(2), 1), 8),
            when(word(2), [set(at, op("i32.sub", at, word(3))), br("jumped")]),
            ...advance("back", 8, true),
            onward,
            br("jumped"),
          ]),
          when(is("loop"), [
            // The number of turns is copied to the `again` that ends the loop, and counted down there.
            store("i32.store", plus(at, word(3)), word(2), 8),
            onward,
            br("jumped"),
          ]),
          ...(waiting === "alone"
            ? []
            : [when(is("meet"), [meetAt(waiting), onward, br("jumped")]), when(is("leave"), [meetAt(waiting)])]),
          ret(),
        ]),
        br("next"),
      ]),
    ],
  );
});

/** Waits until the number at an address differs from `known`, and returns it. */
export const awaitChange = memoize(() => {
  const [address, known, left] = [local("address", "i32"), local("known", "i32"), local("left", "i32")];
  const now = load("i32.atomic.load", address);
  return func(
    "awaitChange",
    [address, known],
    [
      set(left, i32(SPINS.sleeping)),
      repeat("spin", left, [when(op("i32.ne", now, known), [ret(now)])]),
      loop("sleep", [drop(op("memory.atomic.wait32", address, known, i64(-1))), br("sleep", op("i32.eq", now, known))]),
    ],
    now,
  );
});
