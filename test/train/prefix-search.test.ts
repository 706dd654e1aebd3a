// Beam search of labels by ctc beside all paths, counted one by one.
import { describe, expect, test } from "vitest";
import { uniformAt } from "../../src/base/random.ts";
import { likeliestLabels } from "../../src/train/likeliest-labels.ts";
import { searchLabels } from "../../src/train/prefix-search.ts";
import { probabilitiesOf } from "../support/label-paths.ts";

const scoresOf = (seed: number, steps: number, labels: number): readonly (readonly number[])[] =>
  Array.from({ length: steps }, (_, t) =>
    Array.from({ length: labels + 1 }, (_unused, k) => 4 * uniformAt(seed, "scores", t * 10 + k)),
  );

describe.each([
  [1, 1],
  [2, 5],
  [3, 4],
])("%i labels in %i steps", (labels, steps) => {
  test.each([1, 2, 3, 4, 5])("a wide beam finds all labels with their exact probabilities, seed %i", (seed) => {
    const scores = scoresOf(seed, steps, labels);
    const all = [...probabilitiesOf(scores)].toSorted(([, a], [, b]) => b - a);
    const found = searchLabels(scores, 1000);
    expect(found).toHaveLength(all.length);
    // Both are float64.
    const exact = new Map(all);
    for (const each of found)
      expect(Math.exp(each.logProbability)).toBeCloseTo(exact.get(each.labels.join()) ?? NaN, 12);
    expect(found[0]?.labels.join()).toBe(all[0]?.[0]);
  });

  test.each([1, 2, 4])("a beam of %i never counts more than there is", (width) => {
    const scores = scoresOf(9, steps, labels);
    const exact = probabilitiesOf(scores);
    const found = searchLabels(scores, width);
    expect(found.length).toBeLessThanOrEqual(width);
    for (const each of found)
      expect(Math.exp(each.logProbability)).toBeLessThanOrEqual((exact.get(each.labels.join()) ?? 0) + 1e-12);
  });
});

test("paths add up: the likeliest path is not always that of the likeliest labels", () => {
  // Blank first at each step with 0.6, but `0` in one of both steps has 0.64 together.
  const scores = [0, 1].map(() => [Math.log(0.4), Math.log(0.6)]);
  expect(likeliestLabels(scores)).toEqual([]);
  const [best] = searchLabels(scores, 2);
  expect(best?.labels).toEqual([0]);
  expect(Math.exp(best?.logProbability ?? NaN)).toBeCloseTo(0.64, 12);
});

test("no steps have no labels, and labels that are not allowed are not given", () => {
  expect(searchLabels([], 3)).toEqual([{ labels: [], logProbability: 0 }]);
  const scores = [[5, 4, 0]];
  expect(searchLabels(scores, 3, [1])[0]?.labels).toEqual([1]);
});
