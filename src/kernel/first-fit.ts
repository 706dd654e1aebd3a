// Memory for values that live for a part of a program: two share memory if one is dead before the other is made.

/** Bytes of a line of the cache. */
export const ALIGNMENT = 64;

/** Bytes that end with such a line. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** A value of so many bytes, from its first to its last task. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Offsets in bytes, in the order of `lives`, which are sorted by their first tasks; and the bytes of all together. */
export function firstFit(lives: readonly Lifetime[]): {
  readonly offsets: readonly number[];
  readonly bytes: number;
} {
  let live: { readonly from: number; readonly to: number; readonly last: number }[] = [];
  let end = 0;
  const offsets = lives.map(({ bytes, first, last }) => {
    live = live.filter((each) => each.last >= first);
    const size = aligned(bytes);
    let from = 0;
    for (const each of live) {
      if (each.from - from >= size) break;
      from = Math.max(from, each.to);
    }
    live.push({ from, to: from + size, last });
    live.sort((a, b) => a.from - b.from);
    end = Math.max(end, from + size);
    return from;
  });
  return { offsets, bytes: end };
}
