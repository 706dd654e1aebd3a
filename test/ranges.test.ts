// Ranges of a memory: what is taken never overlaps, and what is given back is free again, as a whole.
import { expect, test } from "vitest";
import { uniformAt } from "../src/base/random.ts";
import { Ranges } from "../src/targets/tfjs/fused/ranges.ts";

interface Taken {
  readonly begin: number;
  readonly count: number;
}

test.each([1, 2, 3])("500 random ranges, seed %i", (seed) => {
  const draw = (index: number, most: number): number => Math.floor(uniformAt(seed, "ranges", index) * most);
  const ranges = new Ranges();
  const owners: number[] = [];
  const taken = new Map<number, Taken>();
  const mark = ({ begin, count }: Taken, owner: number): void => void owners.fill(owner, begin, begin + count);
  for (let time = 1; time <= 500; time++) {
    const [old] = [...taken].slice(draw(4 * time, taken.size));
    if (draw(4 * time + 1, 2) === 0 && old !== undefined) {
      const [owner, { begin, count }] = old;
      // A part first, then the rest.
      const part = draw(4 * time + 2, count);
      if (part > 0) ranges.give(begin, part);
      ranges.give(begin + part, count - part);
      mark(old[1], 0);
      taken.delete(owner);
    } else {
      const count = 1 + draw(4 * time + 2, 20);
      const take = (): number | undefined =>
        draw(4 * time + 3, 2) === 0 ? ranges.takeFirst(count) : ranges.takeLast(count);
      const begin = take();
      const hasRoom = owners.some(
        (_, at) => at + count <= owners.length && owners.slice(at, at + count).every((o) => o === 0),
      );
      expect(begin !== undefined).toBe(hasRoom);
      if (begin === undefined) {
        ranges.extend(count);
        owners.push(...Array<number>(count).fill(0));
        continue;
      }
      expect(owners.slice(begin, begin + count)).toEqual(Array(count).fill(0));
      mark({ begin, count }, time);
      taken.set(time, { begin, count });
    }
    expect(ranges.taken).toBe(owners.filter((owner) => owner !== 0).length);
    expect(ranges.size).toBe(owners.length);
  }
  for (const { begin, count } of taken.values()) ranges.give(begin, count);
  expect(ranges.takeFirst(owners.length)).toBe(0);
});

test("one end and the other are filled apart", () => {
  const ranges = new Ranges();
  ranges.extend(10);
  expect([ranges.takeFirst(2), ranges.takeLast(3), ranges.takeFirst(2), ranges.takeLast(1)]).toEqual([0, 7, 2, 6]);
});
