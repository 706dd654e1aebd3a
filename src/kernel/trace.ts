// The list of recorded tasks, for one set of sizes. A task that does not depend on the step of a loop is recorded outside the loop.
import { at, fail } from "../base/invariant.ts";
import { countOf } from "../ops/nd.ts";
import type { MapNode } from "./expression.ts";
import type { KernelTask, MapTask, Recorded } from "./task.ts";
import { isDense, isInLoop, isWhole, keyOf, reshaped, wholeOf, type Kind, type Storage, type View } from "./view.ts";

type Producer = MapTask | KernelTask;

export class Trace {
  readonly #lists: Recorded[][] = [[]];
  /** The tasks that write storage which only the current node uses so far. */
  readonly #producers = new Map<Storage, Producer>();
  readonly #shared = new Map<string, View>();
  /** The tokens of one-hot rows, by the storage of the rows. */
  readonly #tokens = new Map<Storage, View>();
  #storages = 0;
  #turns = 1;
  /** The view to which the result of the current node should be written. */
  #home: View | undefined;

  /** How often the tasks that are recorded now will run: the number of steps in a loop, otherwise 1. */
  get turns(): number {
    return this.#turns;
  }

  storage(kind: Kind, count: number, more: Partial<Storage> = {}): Storage {
    return { id: this.#storages++, kind, count, role: "temporary", inLoop: false, ...more };
  }

  constant(content: Float32Array | Int32Array, shape: readonly number[]): View {
    const kind = content instanceof Float32Array ? "float32" : "int32";
    return wholeOf(this.storage(kind, content.length, { role: "constant", content }), shape);
  }

  /** A repeated number. */
  filled(kind: Kind, value: number, shape: readonly number[]): View {
    const one = this.once(`${kind} ${value} ${Object.is(value, -0)}`, () =>
      wholeOf(this.storage(kind, 1, { role: "constant", content: value }), []),
    );
    return { ...one, shape, strides: shape.map(() => 0) };
  }

  /** The view for a key, created at the first call. Only for values outside loops. */
  once(key: string, make: () => View): View {
    const known = this.#shared.get(key) ?? make();
    this.#shared.set(key, known);
    this.#producers.delete(known.storage);
    return known;
  }

  /** Records an element-wise function; the result has `shape`. */
  map(node: MapNode, reads: readonly View[], shape: readonly number[], kind: Kind): View {
    const batch = reads.find((view) => view.batch > 0)?.batch ?? 0;
    const write = this.room(reads, shape, kind, batch);
    this.#record({ kind: "map", node, reads, write }, write);
    return write;
  }

  /** Records a kernel; `batch` is the number of examples in axis 0 of the result. */
  kernel(task: Omit<KernelTask, "kind" | "write">, shape: readonly number[], kind: Kind, batch: number): View {
    const write = this.room(task.reads, shape, kind, batch);
    this.#record({ kind: "kernel", ...task, write }, write);
    return write;
  }

  /** Notes that `rows` are one-hot rows of `tokens`. */
  noteTokens(rows: View, tokens: View): void {
    this.#tokens.set(rows.storage, tokens);
  }

  /** The tokens of which a matrix `[depth, count]` is all one-hot rows, transposed; undefined for any other view. */
  tokensOf(view: View): View | undefined {
    const tokens = this.#tokens.get(view.storage);
    const [rows, columns] = [view.shape, view.strides].map((each) => each.toReversed());
    const turned = { ...view, shape: rows ?? [], strides: columns ?? [] };
    return tokens !== undefined && tokens.shape[0] === view.shape[1] && isWhole(turned) ? tokens : undefined;
  }

  /** A dense copy. */
  dense(view: View): View {
    const make = (): View => this.map({ kind: "input", input: 0 }, [view], view.shape, view.storage.kind);
    return isInLoop(view) ? make() : this.once(`dense ${keyOf(view)}`, make);
  }

  copy(from: View, to: View): void {
    this.#listFor([from, to]).push({ kind: "map", node: { kind: "input", input: 0 }, reads: [from], write: to });
  }

  /** Writes a constant to a part of the value that is computed from `beside`, inside the loop if `beside` is. */
  fill(to: View, value: View, beside: View): void {
    this.#listFor([beside]).push({ kind: "map", node: { kind: "input", input: 0 }, reads: [value], write: to });
  }

  /** Moves a value to its home: its task writes there if the current node recorded it, otherwise the value is copied. */
  place(value: View, home: View): View {
    const producer = this.#producers.get(value.storage);
    const canMove = producer !== undefined && isWhole(value);
    const there = canMove ? reshaped(home, producer.write.shape) : undefined;
    const hasGaps =
      there !== undefined && producer?.kind === "kernel" && producer.writesDense === true && !isDense(there);
    if (hasGaps || there === undefined || producer === undefined || isInLoop(value) !== isInLoop(home))
      this.copy(value, home);
    else {
      producer.write = { ...there, batch: producer.write.batch };
      this.#producers.delete(value.storage);
    }
    return { ...home, batch: value.batch };
  }

  /** Records a node; a result that is joined from parts is written to `home`. */
  placing(home: View | undefined, record: () => View): View {
    this.#producers.clear();
    this.#home = home;
    const result = record();
    this.#home = undefined;
    return result;
  }

  /** The home of the current node, if it has this shape; at most once for a node. */
  takeHome(shape: readonly number[]): View | undefined {
    const home = this.#home;
    this.#home = undefined;
    return home?.shape.join() === shape.join() ? home : undefined;
  }

  openBody(turns: number): void {
    if (this.#lists.length > 1) fail("kernel", "a loop within a loop");
    this.#lists.push([]);
    this.#turns = turns;
  }

  /** Returns the tasks recorded since the body, or the program, was opened. */
  close(): readonly Recorded[] {
    this.#turns = 1;
    return this.#lists.pop() ?? fail("kernel", "nothing is open");
  }

  add(task: Recorded): void {
    at(this.#lists, -1, "kernel").push(task);
  }

  /** New storage for the result of a task that reads `reads`. */
  room(reads: readonly View[], shape: readonly number[], kind: Kind, batch: number): View {
    const rows = shape[0] ?? 1;
    const tag = batch > 0 && rows >= batch && rows % batch === 0 ? batch : 0;
    return wholeOf(this.storage(kind, countOf(shape), { inLoop: reads.some(isInLoop) }), shape, tag);
  }

  #record(task: Producer, write: View): void {
    this.#listFor(task.reads).push(task);
    this.#producers.set(write.storage, task);
    for (const view of task.reads) this.#producers.delete(view.storage);
  }

  #listFor(views: readonly View[]): Recorded[] {
    return at(this.#lists, views.some(isInLoop) ? -1 : 0, "kernel");
  }
}
