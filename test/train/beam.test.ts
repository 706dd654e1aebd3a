// Beam search finds the likeliest whole sequence, by one teacher-forced run of the whole graph for each sequence.
import { describe, expect, test } from "vitest";
import { beamSearch, type BeamSettings, type Candidate } from "../../src/train/beam.ts";
import { writable } from "../../src/train/writing.ts";
import { WITH_ENDS, Subject, writers, sourceOf, batchOf, ALL, written, GREEDY } from "./writers.ts";

describe("beam search", () => {
  const LENGTH = 3;

  interface Whole {
    readonly tokens: readonly number[];
    readonly score: number;
  }

  /** Every sequence of at most LENGTH symbols that ends, by the whole graph. */
  function everyWhole(subject: Subject, row: number, prefix: readonly number[] = [], score = 0): readonly Whole[] {
    if (prefix.length === LENGTH) return [];
    const next = subject.next(sourceOf(row), prefix);
    return writable(WITH_ENDS).flatMap((token, index) => {
      const sum = score + (next[index] ?? NaN);
      return token === WITH_ENDS.end
        ? [{ tokens: prefix, score: sum }]
        : everyWhole(subject, row, [...prefix, token], sum);
    });
  }

  function likeliest(wholes: readonly Whole[]): Whole {
    return wholes.reduce((best, each) => (each.score > best.score ? each : best));
  }

  const ONE: BeamSettings = { width: 1, length: LENGTH, best: 1, lengthPenalty: 0 };
  const WIDE: BeamSettings = { ...ONE, width: writable(WITH_ENDS).length ** LENGTH };

  const searched = (subject: Subject, settings: BeamSettings): Promise<readonly (readonly Candidate[])[]> =>
    beamSearch(subject.session(), { batch: batchOf(ALL) }, WITH_ENDS, settings);

  test("with a beam for every sequence it finds the likeliest of all, for every row of a ragged batch", async () => {
    let better = 0;
    for (const subject of writers) {
      const found = await searched(subject, WIDE);
      const greedy = await written(subject, ALL, { ...GREEDY, length: LENGTH });
      for (const row of ALL) {
        const { tokens, score } = likeliest(everyWhole(subject, row));
        const [first, ...others] = found[row] ?? [];
        expect(first, `row ${row}`).toMatchObject({ tokens, isWhole: true });
        expect(first?.score).toBeCloseTo(score, 8);
        expect(others).toEqual([]);
        if (greedy[row]?.join() !== tokens.join()) better += 1;
      }
    }
    expect(better, "greedy does not find them all").toBeGreaterThan(0);
  });

  test("with a width of 1 it is greedy", async () => {
    for (const subject of writers) {
      const found = await searched(subject, ONE);
      expect(found.map(([first]) => first?.tokens)).toEqual(await written(subject, ALL, { ...GREEDY, length: LENGTH }));
    }
  });

  test.each([0, 0.6, 1])(
    "the best of all, with length penalty %d, are those with the greatest log-probability / length ** penalty, in order",
    async (lengthPenalty) => {
      for (const subject of writers) {
        const found = await searched(subject, { ...WIDE, best: WIDE.width, lengthPenalty });
        for (const row of ALL) {
          const wholes = everyWhole(subject, row)
            .map(({ tokens, score: sum }) => ({ tokens, sum, score: sum / (tokens.length + 1) ** lengthPenalty }))
            .toSorted((a, b) => b.score - a.score);
          const ended = (found[row] ?? []).filter(({ isWhole }) => isWhole);
          expect(ended.map(({ tokens }) => tokens)).toEqual(wholes.map(({ tokens }) => tokens));
          ended.forEach(({ logProbability, score }, index) => {
            expect(logProbability).toBeCloseTo(wholes[index]?.sum ?? NaN, 8);
            expect(score).toBeCloseTo(wholes[index]?.score ?? NaN, 8);
          });
          const cut = (found[row] ?? []).slice(ended.length);
          expect(cut.length, "all that has not ended").toBe((writable(WITH_ENDS).length - 1) ** LENGTH);
          expect(cut.every(({ isWhole, tokens }) => !isWhole && tokens.length === LENGTH)).toBe(true);
        }
      }
    },
  );

  test("length normalisation finds longer outputs", async () => {
    const lengthOf = async (lengthPenalty: number): Promise<number> => {
      let sum = 0;
      for (const subject of writers)
        for (const [first] of await searched(subject, { ...WIDE, lengthPenalty })) sum += first?.tokens.length ?? 0;
      return sum;
    };
    expect(await lengthOf(1)).toBeGreaterThan(await lengthOf(0));
  });
});
