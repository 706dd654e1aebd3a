// A program in memory: the driver's entries for each thread, with arguments that say what they are relative to.
import { fail } from "../../base/invariant.ts";
import { ENTRY } from "../../codegen/wasm/driver.ts";
import type { Simd } from "../../codegen/wasm/simd.ts";
import type { Func } from "../../codegen/wasm/tree.ts";
import { countOf } from "../../ops/nd.ts";
import { shapeOfGroup } from "../../kernel/expression.ts";
import { batchOfLoop } from "../../kernel/partition.ts";
import type { LoopTask, Task } from "../../kernel/task.ts";
import type { Call } from "./call.ts";
import { callOf, rowsOfTask } from "./lower.ts";
import { BYTES, rootOf, type Storage } from "../../kernel/view.ts";

/** What an address is relative to: its own list, the arena, the constants, or the storage of an input or a result. */
export type Base = "list" | "arena" | "constants" | Storage;

/** Words that hold addresses: the word's place, the place of its base in `bases`, and how many bytes behind that it points. */
export interface Relocations {
  readonly words: Int32Array;
  readonly bases: Int32Array;
  readonly bytes: Int32Array;
}

/** One thread's entries. */
export interface List {
  readonly words: Int32Array;
  readonly bases: readonly Base[];
  readonly relocations: Relocations;
  /** Where a kernel's number in the table is to stand: kernels get theirs when all that a program needs are known. */
  readonly kernels: readonly { readonly word: number; readonly kernel: Func }[];
}

/** Where storage begins: a base, and how many bytes behind it. */
export type PlaceOf = (storage: Storage) => readonly [Base, number];

/** Temporaries in the arena and constants in their block, at these offsets in bytes; inputs and results are bases of their own. */
export function inBlocks(arena: ReadonlyMap<Storage, number>, constants: ReadonlyMap<Storage, number>): PlaceOf {
  const inside = (offsets: ReadonlyMap<Storage, number>, storage: Storage): number =>
    offsets.get(storage) ?? fail("wasm", `storage ${storage.id} has no place`);
  return (storage) => {
    if (storage.role === "temporary") return ["arena", inside(arena, storage)];
    return storage.role === "constant" ? ["constants", inside(constants, storage)] : [storage, 0];
  };
}

export interface Threads {
  readonly count: number;
  /** The barrier's address; unused by one thread. */
  readonly barrier: number;
}

/** The calls of a thread's share of a task; none where it has none. */
type Share = (task: Exclude<Task, LoopTask>) => Call | undefined;

/** The entries of each thread. */
export function listsFor(tasks: readonly Task[], threads: Threads, simd: Simd, placeOf: PlaceOf): readonly List[] {
  const loops = tasks.filter((task) => task.kind === "loop");
  const batches = new Map(loops.map((loop) => [loop, threads.count > 1 ? batchOfLoop(loop) : 0]));
  return Array.from({ length: threads.count }, (_, thread) =>
    listFor(tasks, { ...threads, thread, batches }, simd, placeOf),
  );
}

/** One of several threads, and how many examples they share out in each loop; 0 where one thread runs it. */
interface Thread extends Threads {
  readonly thread: number;
  readonly batches: ReadonlyMap<LoopTask, number>;
}

function listFor(tasks: readonly Task[], threads: Thread, simd: Simd, placeOf: PlaceOf): List {
  const { thread } = threads;
  const words: number[] = [];
  const kernels: { readonly word: number; readonly kernel: Func }[] = [];
  const relocations = new RelocationList();
  const advances: { readonly word: number; readonly bytes: number }[] = [];

  const part = (task: Exclude<Task, LoopTask>, from: number, to: number): Call =>
    callOf(simd, task, { from, to, thread });
  const word = (value: Call["words"][number]): void => {
    if (typeof value === "number") {
      words.push(value);
      return;
    }
    const { storage, offset } = rootOf(value.view.storage);
    const bytes = BYTES * (value.view.offset + offset) + value.bytes;
    const [base, inside] = placeOf(storage);
    relocations.add(words.length, base, bytes + inside);
    if (value.view.step !== 0) advances.push({ word: words.length, bytes: BYTES * value.view.step });
    words.push(0);
  };
  const call = ({ kernel, words: operands }: Call): void => {
    kernels.push({ word: words.length + 2, kernel });
    words.push(ENTRY.call, 4 * (3 + operands.length), 0);
    operands.forEach(word);
  };
  const loop = (task: LoopTask, share: Share): void => {
    const start = words.length;
    words.push(ENTRY.loop, 16, task.times, 0);
    advances.length = 0;
    for (const each of task.body) {
      if (each.kind === "loop") fail("wasm", "a loop within a loop");
      const own = share(each);
      if (own !== undefined) call(own);
    }
    const again = words.length;
    words[start + 3] = 4 * (again - start);
    words.push(ENTRY.again, 4 * (5 + 3 * advances.length), 0, 4 * (again - start - 4), advances.length);
    for (const { word: place, bytes } of advances) {
      relocations.add(words.length, "list", 4 * place);
      words.push(0, bytes, bytes * task.times);
    }
  };

  for (const task of tasks) {
    if (task.kind === "loop") {
      const batch = threads.batches.get(task) ?? 0;
      if (batch > 0) {
        const [from, to] = rangeOf(batch, 1, thread, threads.count);
        if (to > from)
          loop(task, (each) => part(each, (from * rowsOfTask(each)) / batch, (to * rowsOfTask(each)) / batch));
      } else if (thread === 0) loop(task, (each) => part(each, 0, rowsOfTask(each)));
    } else {
      const rows = rowsOfTask(task);
      const [from, to] = rangeOf(rows, granularityOf(task), thread, threads.count);
      const own = to > from || (rows === 0 && thread === 0) ? part(task, from, to) : undefined;
      if (own !== undefined) call(own);
    }
    if (threads.count > 1) words.push(ENTRY.meet, 16, threads.barrier, threads.count);
  }
  words.push(ENTRY.end, 8);
  return { words: Int32Array.from(words), bases: relocations.bases, relocations: relocations.finish(), kernels };
}

/** Plans are kept, so what they hold is small: numbers in arrays, and each base once. */
class RelocationList {
  readonly #words: number[] = [];
  readonly #places: number[] = [];
  readonly #bytes: number[] = [];
  readonly #known = new Map<Base, number>();

  add(word: number, base: Base, bytes: number): void {
    const place = this.#known.get(base) ?? this.#known.size;
    this.#known.set(base, place);
    this.#words.push(word);
    this.#places.push(place);
    this.#bytes.push(bytes);
  }

  get bases(): readonly Base[] {
    return [...this.#known.keys()];
  }

  finish(): Relocations {
    return {
      words: Int32Array.from(this.#words),
      bases: Int32Array.from(this.#places),
      bytes: Int32Array.from(this.#bytes),
    };
  }
}

/** Elements of which a thread should have more than this to be worth its while. */
const FEW_ELEMENTS = 2048;

function granularityOf(task: Exclude<Task, LoopTask>): number {
  if (task.kind === "kernel") return Math.max(1, task.granularity);
  const [rows = 1, ...rest] = shapeOfGroup(task);
  const width = Math.max(1, countOf(rest));
  return Math.min(Math.max(1, rows), Math.max(rest.length === 0 ? 16 : 1, Math.ceil(FEW_ELEMENTS / width)));
}

/** A thread's share of so many rows, in steps of `granularity`. */
function rangeOf(rows: number, granularity: number, thread: number, threads: number): readonly [number, number] {
  const blocks = Math.ceil(rows / granularity);
  const edge = (index: number): number => Math.min(rows, Math.floor((blocks * index) / threads) * granularity);
  return [edge(thread), thread === threads - 1 ? rows : edge(thread + 1)];
}
