// A barrier for threads with a shared memory: a thread spins first (0.3 µs a round on two cores), then sleeps (64 µs).
import { repeat } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { br, drop, type Expr, func, i32, i64, load, local, loop, op, ret, set, store, when } from "./tree.ts";

/** Bytes of a barrier in shared memory. Its address must be a multiple of 4; initially all bytes are 0. */
export const BARRIER_BYTES = 12;
/** How often a thread spins before it sleeps: about 100 µs. Infinity if it must not sleep, as on a page's main thread. */
export const SPINS = { sleeping: 50_000, awake: Infinity } as const;
/** Offset of the number of completed rounds. Before it is the number of threads that have arrived. */
export const MEETINGS = 4;
/** Offset of a word that is not 0 once a thread has stopped. Who sets it then adds one to MEETINGS, and wakes those who sleep there. */
export const STOPPED = 8;

/**
 * Returns when `parties` threads have called it, or when one has stopped: nobody waits for that one. Writes before the call are visible to all threads after it. `spins` is how often a
 * thread spins before it sleeps: fewer if there are more threads than cores; Infinity if it must not sleep, as on a page's main thread.
 */
export const barrier = memoize((spins: number) => {
  const at = local("barrier", "i32");
  const parties = local("parties", "i32");
  const before = local("before", "i32");
  const left = local("left", "i32");
  const meetings = load("i32.atomic.load", at, MEETINGS);
  const isOver: Expr<"i32"> = op("i32.ne", meetings, before);
  const counter = op("i32.add", at, i32(MEETINGS));
  return func(
    "barrier",
    [at, parties],
    [
      // In this order: if a thread stops after the second look, `meetings` changes after the first.
      set(before, meetings),
      when(load("i32.atomic.load", at, STOPPED), [ret()]),
      when(op("i32.eq", op("i32.add", op("i32.atomic.rmw.add", at, i32(1)), i32(1)), parties), [
        store("i32.atomic.store", at, i32(0)),
        drop(op("i32.atomic.rmw.add", counter, i32(1))),
        drop(op("memory.atomic.notify", counter, i32(-1))),
        ret(),
      ]),
      ...(spins === Infinity
        ? [loop("look", [br("look", op("i32.eq", meetings, before))])]
        : [
            set(left, i32(spins)),
            repeat("spin", left, [when(isOver, [ret()])]),
            loop("sleep", [
              drop(op("memory.atomic.wait32", counter, before, i64(-1))),
              br("sleep", op("i32.eq", meetings, before)),
            ]),
          ]),
    ],
  );
});
