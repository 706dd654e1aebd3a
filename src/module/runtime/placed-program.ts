// A program in memory: placed for the sizes of a run, and kept as it is while the sizes stay the same.
import { aligned, firstFit } from "../../kernel/first-fit.ts";
import { countOf } from "../../ops/nd.ts";
import { sizeNamed } from "../../shape/thinned.ts";
import { valueOf } from "../count.ts";
import type { ConstantDescription, Count, Feed, Gives, Progression, ProgramDescription } from "../description.ts";
import type { Machine } from "./machine.ts";

type Numbers = Float32Array | Int32Array;

/** An output as it is in memory. */
export interface Output {
  readonly gives: Gives;
  readonly batchAt: number;
  readonly shape: readonly number[];
  readonly data: Numbers;
}

const BYTES = 4;

export class PlacedProgram {
  readonly #machine: Machine;
  readonly #program: ProgramDescription;
  /** The address of what is elsewhere already: weights, and what another program computed. */
  readonly #elsewhere: (feed: Feed) => number | undefined;
  #region = { address: 0, bytes: 0 };
  /** Null if it is not placed: a program without inputs and free sizes is placed for "". */
  #placedFor: string | null = null;
  #sizes: readonly number[] = [];
  /** In the order of the bases' numbers. */
  #addresses: readonly number[] = [];
  /** Elements of inputs, and shapes of outputs: a step reads them again and again. */
  #inputCounts: readonly number[] = [];
  #outputShapes: readonly (readonly number[])[] = [];

  constructor(machine: Machine, program: ProgramDescription, elsewhere: (feed: Feed) => number | undefined) {
    this.#machine = machine;
    this.#program = program;
    this.#elsewhere = elsewhere;
  }

  get inputs(): ProgramDescription["inputs"] {
    return this.#program.inputs;
  }

  /** Places it for sizes by name. Returns whether it was placed anew: then what its inputs and outputs held is lost. */
  fit(sizes: ReadonlyMap<string, number>): boolean {
    const { inputs, outputs } = this.#program;
    const values = this.#sizesOf(sizes);
    const elsewhere = inputs.map(({ feed }) => this.#elsewhere(feed));
    const key = [...values, ...elsewhere].join();
    if (key === this.#placedFor) return false;
    this.#placedFor = null;
    this.#sizes = values;
    this.#inputCounts = inputs.map(({ shape }) => countOf(this.#shape(shape)));
    this.#outputShapes = outputs.map(({ shape }) => this.#shape(shape));
    this.#place(elsewhere);
    this.#placedFor = key;
    return true;
  }

  #sizesOf(sizes: ReadonlyMap<string, number>): readonly number[] {
    return this.#program.sizes.map((name) => sizeNamed(name, sizes) ?? 1);
  }

  #count(count: Count): number {
    return valueOf(count, this.#sizes);
  }

  #shape(shape: readonly Count[]): readonly number[] {
    return shape.map((size) => this.#count(size));
  }

  /** Bases in the order of their numbers, one behind the other; temporaries share one arena. */
  #place(elsewhere: readonly (number | undefined)[]): void {
    const { words, inputs, stores, temporaries, constants } = this.#program;
    const arena = firstFit(
      temporaries.map(([elements, first, last]) => ({ bytes: BYTES * this.#count(elements), first, last })),
    );
    const numbers = constants.map((each) => this.#numbersOf(each));
    const room = [
      words.length,
      ...this.#inputCounts.map((count, index) => (elsewhere[index] === undefined ? count : 0)),
      ...stores.map((elements) => this.#count(elements)),
      arena.bytes / BYTES,
      ...numbers.map(({ length }) => length),
    ];
    let bytes = 0;
    const offsets = room.map((elements) => {
      const offset = bytes;
      bytes += aligned(BYTES * elements);
      return offset;
    });
    this.#reserve(bytes);
    const places = offsets.map((offset) => this.#region.address + offset);
    const fixed = 1 + inputs.length + stores.length;
    this.#addresses = [
      ...places.slice(0, fixed).map((place, base) => elsewhere[base - 1] ?? place),
      ...arena.offsets.map((offset) => (places[fixed] ?? 0) + offset),
      ...places.slice(fixed + 1),
    ];
    numbers.forEach((each, index) => {
      this.#at(places[fixed + 1 + index] ?? 0, each.length, each instanceof Int32Array).set(each);
    });
    this.#writeList();
  }

  #writeList(): void {
    const {
      words,
      addresses: { gaps, bases, bytes },
    } = this.#program;
    const list = this.#machine.integers(this.#addresses[0] ?? 0, words.length);
    words.forEach((word, index) => (list[index] = this.#count(word)));
    let word = 0;
    gaps.forEach((gap, index) => {
      word += gap;
      list[word] = (this.#addresses[bases[index] ?? 0] ?? 0) + this.#count(bytes[index] ?? 0);
    });
  }

  /** At least twice what there was: memory is never freed. */
  #reserve(bytes: number): void {
    if (bytes <= this.#region.bytes) return;
    const size = Math.max(bytes, 2 * this.#region.bytes);
    this.#region = { address: this.#machine.allocate(size), bytes: size };
  }

  #numbersOf({ isInt, values }: ConstantDescription): Numbers {
    const list = "list" in values ? values.list.map(Number) : this.#progression(values);
    return isInt ? Int32Array.from(list) : Float32Array.from(list);
  }

  #progression(values: Progression): readonly number[] {
    const [count, first, step, atEnd] = [
      this.#count(values.count),
      this.#count(values.first),
      this.#count(values.step),
      this.#count(values.atEnd),
    ];
    return Array.from({ length: count }, (_, index) => first + step * index + (index + 1 === count ? atEnd : 0));
  }

  /** An input's numbers in memory, to be written before a run. */
  input(index: number): Numbers {
    return this.#at(
      this.#addresses[1 + index] ?? 0,
      this.#inputCounts[index] ?? 0,
      this.#program.inputs[index]?.isInt === true,
    );
  }

  /** The shapes of single results for other sizes, without the axis of examples. */
  shapesOfResults(sizes: ReadonlyMap<string, number>): ReadonlyMap<string, readonly number[]> {
    const values = this.#sizesOf(sizes);
    return new Map(
      this.#program.outputs.flatMap(({ gives, shape, batchAt }) => {
        if (gives.kind !== "result") return [];
        return [
          [gives.name, shape.map((size) => valueOf(size, values)).filter((_, axis) => axis !== batchAt)] as const,
        ];
      }),
    );
  }

  run(): void {
    this.#machine.run(this.#addresses[0] ?? 0);
  }

  /** What it computed. The data are the memory's own, until the next run. */
  get outputs(): readonly Output[] {
    return this.#program.outputs.map(({ gives, batchAt, isInt }, index) => {
      const shape = this.#outputShapes[index] ?? [];
      return { gives, batchAt, shape, data: this.#at(this.addressOf(index), countOf(shape), isInt) };
    });
  }

  /** The address of an output. */
  addressOf(output: number): number {
    const { inputs, outputs } = this.#program;
    return this.#addresses[1 + inputs.length + (outputs[output]?.store ?? 0)] ?? 0;
  }

  #at(address: number, count: number, isInt: boolean): Numbers {
    return isInt ? this.#machine.integers(address, count) : this.#machine.floats(address, count);
  }
}
