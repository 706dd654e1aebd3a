// A thread's list under construction: the driver's entries for calls and loops, and the words that will hold addresses.
import { fail } from "../base/invariant.ts";
import { ENTRY } from "../kernel/entry.ts";
import { BYTES, rootOf, type Storage } from "../kernel/view.ts";
import type { Call, Word } from "./call.ts";

/** The base of an address: its own list, the arena, the constants, or the storage of an input or a result. */
export type Base = "list" | "arena" | "constants" | Storage;

/** Words that hold addresses: the index of the word, the index of its base in `bases`, and the distance from that base in bytes. */
export interface Relocations {
  readonly words: Int32Array;
  readonly bases: Int32Array;
  readonly bytes: Int32Array;
}

/** One thread's entries. */
export interface List<K> {
  readonly words: Int32Array;
  readonly bases: readonly Base[];
  readonly relocations: Relocations;
  /** The words that will hold a kernel's number in the table. Kernels are numbered when all kernels of a program are known. */
  readonly kernels: readonly { readonly word: number; readonly kernel: K }[];
}

/** The place of a storage: its base, and the bytes from that base. */
export type PlaceOf = (storage: Storage) => readonly [Base, number];

/** Temporaries are in the arena and constants in their block, at these offsets in bytes. Inputs and results are bases themselves. */
export function inBlocks(arena: ReadonlyMap<Storage, number>, constants: ReadonlyMap<Storage, number>): PlaceOf {
  const inside = (offsets: ReadonlyMap<Storage, number>, storage: Storage): number =>
    offsets.get(storage) ?? fail("lists", `storage ${storage.id} has no place`);
  return (storage) => {
    if (storage.role === "temporary") return ["arena", inside(arena, storage)];
    return storage.role === "constant" ? ["constants", inside(constants, storage)] : [storage, 0];
  };
}

/** Bytes of a word of a list. */
const WORD = 4;

export class ListBuilder<K> {
  readonly #placeOf: PlaceOf;
  readonly #words: number[] = [];
  readonly #kernels: { readonly word: number; readonly kernel: K }[] = [];
  readonly #relocations = new RelocationList();
  /** Words of the open loop that hold the address of a step, and the bytes from one step to the next. */
  readonly #advances: { readonly word: number; readonly bytes: number }[] = [];

  constructor(placeOf: PlaceOf) {
    this.#placeOf = placeOf;
  }

  call({ kernel, words }: Call<K>): void {
    this.#kernels.push({ word: this.#words.length + 2, kernel });
    this.#words.push(ENTRY.call, WORD * (3 + words.length), 0);
    for (const word of words) this.#add(word);
  }

  /** A loop of `times` turns. `addBody` adds the calls of one turn; arguments that follow the steps advance after each turn. */
  loop(times: number, addBody: () => void): void {
    const start = this.#words.length;
    this.#words.push(ENTRY.loop, 16, times, 0);
    this.#advances.length = 0;
    addBody();
    const again = this.#words.length;
    this.#words[start + 3] = WORD * (again - start);
    const advances = this.#advances;
    this.#words.push(ENTRY.again, WORD * (5 + 3 * advances.length), 0, WORD * (again - start - 4), advances.length);
    for (const { word, bytes } of advances) {
      this.#relocations.add(this.#words.length, "list", WORD * word);
      this.#words.push(0, bytes, bytes * times);
    }
  }

  /** Waits until all threads are here. */
  meet(barrier: number, threads: number): void {
    this.#words.push(ENTRY.meet, 16, barrier, threads);
  }

  /** Ends the list, where its threads meet for the last time if there are several. */
  finish(barrier: number, threads: number): List<K> {
    if (threads > 1) this.#words.push(ENTRY.leave, 16, barrier, threads);
    else this.#words.push(ENTRY.end, 8);
    return {
      words: Int32Array.from(this.#words),
      bases: this.#relocations.bases,
      relocations: this.#relocations.finish(),
      kernels: this.#kernels,
    };
  }

  #add(word: Word): void {
    if (typeof word === "number") {
      this.#words.push(word);
      return;
    }
    const { storage, offset } = rootOf(word.view.storage);
    const bytes = BYTES * (word.view.offset + offset) + word.bytes;
    const [base, start] = this.#placeOf(storage);
    this.#relocations.add(this.#words.length, base, bytes + start);
    if (word.view.step !== 0) this.#advances.push({ word: this.#words.length, bytes: BYTES * word.view.step });
    this.#words.push(0);
  }
}

/** Plans are kept, so relocations are compact: numbers in arrays, and each base once. */
class RelocationList {
  readonly #words: number[] = [];
  readonly #bases: number[] = [];
  readonly #bytes: number[] = [];
  readonly #indices = new Map<Base, number>();

  add(word: number, base: Base, bytes: number): void {
    const index = this.#indices.get(base) ?? this.#indices.size;
    this.#indices.set(base, index);
    this.#words.push(word);
    this.#bases.push(index);
    this.#bytes.push(bytes);
  }

  get bases(): readonly Base[] {
    return [...this.#indices.keys()];
  }

  finish(): Relocations {
    return {
      words: Int32Array.from(this.#words),
      bases: Int32Array.from(this.#bases),
      bytes: Int32Array.from(this.#bytes),
    };
  }
}
