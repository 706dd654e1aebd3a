// Which parts of a memory are free. Ranges that touch are one, so what is given back can be taken again as a whole.

interface Range {
  readonly begin: number;
  readonly end: number;
}

export class Ranges {
  /** In order; no two touch. */
  #free: readonly Range[] = [];
  #size = 0;

  /** Elements of the memory, free or not. */
  get size(): number {
    return this.#size;
  }

  /** Elements that are taken. */
  get taken(): number {
    return this.#free.reduce((left, { begin, end }) => left - (end - begin), this.#size);
  }

  /** Makes the memory larger at its end. */
  extend(count: number): void {
    this.#size += count;
    this.give(this.#size - count, count);
  }

  /** Takes the first free range of so many elements, and returns its begin; undefined if there is none. */
  takeFirst(count: number): number | undefined {
    const found = this.#free.find(({ begin, end }) => end - begin >= count);
    return found === undefined ? undefined : this.#take(found, found.begin, count);
  }

  /** Takes elements at the end of the last free range that has so many. */
  takeLast(count: number): number | undefined {
    const found = this.#free.findLast(({ begin, end }) => end - begin >= count);
    return found === undefined ? undefined : this.#take(found, found.end - count, count);
  }

  #take(range: Range, begin: number, count: number): number {
    const left = [
      { begin: range.begin, end: begin },
      { begin: begin + count, end: range.end },
    ].filter((each) => each.end > each.begin);
    this.#free = this.#free.flatMap((each) => (each === range ? left : [each]));
    return begin;
  }

  /** Gives back elements that were taken, a whole range or a part of one. */
  give(begin: number, count: number): void {
    const end = begin + count;
    const before = this.#free.filter((each) => each.end < begin);
    const after = this.#free.filter((each) => each.begin > end);
    const touching = this.#free.slice(before.length, this.#free.length - after.length);
    const joined = {
      begin: Math.min(begin, ...touching.map((each) => each.begin)),
      end: Math.max(end, ...touching.map((each) => each.end)),
    };
    this.#free = [...before, joined, ...after];
  }
}
