// Records what the op table's rows lower to, once for a set of sizes. Tasks that no loop's turn reaches are recorded outside it.
import { at, fail } from "../base/invariant.ts";
import { countOf } from "../ops/nd.ts";
import type { MapNode } from "./expression.ts";
import type { KernelTask, MapTask, Recorded } from "./task.ts";
import { isDense, isInLoop, isWhole, keyOf, reshaped, wholeOf, type Kind, type Storage, type View } from "./view.ts";

type Producer = MapTask | KernelTask;

export class Trace {
  readonly #lists: Recorded[][] = [[]];
  /** Of storage that only the node being recorded knows. */
  readonly #producers = new Map<Storage, Producer>();
  readonly #shared = new Map<string, View>();
  #storages = 0;
  #turns = 1;
  /** Where the result of the node that is being recorded should stand. */
  #home: View | undefined;

  /** How often what is recorded now will be done: the turns of the loop whose body it is, or once. */
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

  /** One number, repeated. */
  filled(kind: Kind, value: number, shape: readonly number[]): View {
    const one = this.once(`${kind} ${value} ${Object.is(value, -0)}`, () =>
      wholeOf(this.storage(kind, 1, { role: "constant", content: value }), []),
    );
    return { ...one, shape, strides: shape.map(() => 0) };
  }

  /** The view for a key, made where it is first asked for: outside of loops only. */
  once(key: string, make: () => View): View {
    const known = this.#shared.get(key) ?? make();
    this.#shared.set(key, known);
    this.#producers.delete(known.storage);
    return known;
  }

  /** Records a function of elements; the result has `shape`. */
  map(node: MapNode, reads: readonly View[], shape: readonly number[], kind: Kind): View {
    const batch = reads.find((view) => view.batch > 0)?.batch ?? 0;
    const write = this.room(reads, shape, kind, batch);
    this.#record({ kind: "map", node, reads, write }, write);
    return write;
  }

  /** Records a kernel of our own; `batch` says how many examples stand in the result's axis 0. */
  kernel(task: Omit<KernelTask, "kind" | "write">, shape: readonly number[], kind: Kind, batch: number): View {
    const write = this.room(task.reads, shape, kind, batch);
    this.#record({ kind: "kernel", ...task, write }, write);
    return write;
  }

  /** The same elements in storage without gaps. */
  dense(view: View): View {
    const make = (): View => this.map({ kind: "input", input: 0 }, [view], view.shape, view.storage.kind);
    return isInLoop(view) ? make() : this.once(`dense ${keyOf(view)}`, make);
  }

  copy(from: View, to: View): void {
    this.#listFor([from, to]).push({ kind: "map", node: { kind: "input", input: 0 }, reads: [from], write: to });
  }

  /** Writes a constant to a part of what is made of `beside`, where that is made. */
  fill(to: View, value: View, beside: View): void {
    this.#listFor([beside]).push({ kind: "map", node: { kind: "input", input: 0 }, reads: [value], write: to });
  }

  /** A value at its home: made there, if the node that is being recorded makes it, or else copied. */
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

  /** Records a node, with a place where a result that is put together from parts should stand. */
  placing(home: View | undefined, record: () => View): View {
    this.#producers.clear();
    this.#home = home;
    const result = record();
    this.#home = undefined;
    return result;
  }

  /** The home of the node that is being recorded, if it has this shape. */
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

  /** What was recorded since the body, or the program, was opened. */
  close(): readonly Recorded[] {
    this.#turns = 1;
    return this.#lists.pop() ?? fail("kernel", "nothing is open");
  }

  add(task: Recorded): void {
    at(this.#lists, -1, "kernel").push(task);
  }

  /** Storage for a result of what reads these. */
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
