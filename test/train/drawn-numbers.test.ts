// What `generate` draws by each loss of numbers: means and spreads of many draws against the distributions' own, and the ends of quantiles.
import { describe, expect, test } from "vitest";
import { drawNumbers } from "../../src/train/drawn-numbers.ts";
import type { NumberDrawing } from "../../src/lang/elaborate/drawing.ts";

const DRAWS = 20_000;

/** One draw at each step of the first element, and of the second. */
function draws(drawing: NumberDrawing, values: readonly number[], temperature = 1): readonly (readonly number[])[] {
  const all = Array.from({ length: DRAWS }, (_, step) => {
    const value = drawNumbers(drawing, values, { temperature, seed: 3, stream: "test", step });
    return typeof value === "number" ? [value] : value;
  });
  return (all[0] ?? []).map((_, element) => all.map((each) => each[element] ?? NaN));
}

function moments(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length) };
}

describe("gaussian", () => {
  // Of 20,000 draws the mean is within 5 sd / sqrt(20,000) = 0.035 sd, and so is the deviation.
  test("each element by its own mean and deviation", () => {
    const [first, second] = draws({ kind: "gaussian" }, [2, 0.5, -10, 3]).map(moments);
    expect(Math.abs((first?.mean ?? NaN) - 2)).toBeLessThan(0.035 * 0.5);
    expect(Math.abs((first?.deviation ?? NaN) - 0.5)).toBeLessThan(0.035 * 0.5);
    expect(Math.abs((second?.mean ?? NaN) + 10)).toBeLessThan(0.035 * 3);
    expect(Math.abs((second?.deviation ?? NaN) - 3)).toBeLessThan(0.035 * 3);
  });

  test("temperature 4 doubles the deviation, 0 gives the mean", () => {
    const { mean, deviation } = moments(draws({ kind: "gaussian" }, [2, 0.5], 4)[0] ?? []);
    expect(Math.abs(mean - 2)).toBeLessThan(0.035);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.035);
    expect(draws({ kind: "gaussian" }, [2, 0.5], 0)[0]?.every((each) => each === 2)).toBe(true);
  });
});

describe("mixture", () => {
  const drawing = { kind: "mixture", components: 2, isVector: true } as const;
  // Probabilities 3/4 and 1/4; means (−1, 5) and (3, −5), deviations (0.5, 1) and (2, 0.25).
  const rows = [Math.log(3), -1, 5, Math.log(0.5), 0, 0, 3, -5, Math.log(2), Math.log(0.25)];

  test("a component by its probability, and all its elements from that component", () => {
    const [first = [], second = []] = draws(drawing, rows);
    const own = (is: (value: number) => boolean, of: readonly number[]): readonly number[] =>
      of.filter((_, index) => is(second[index] ?? NaN));
    const isFirst = (value: number): boolean => value > 0;
    // 5 sqrt(3/16 / 20,000) = 0.0153
    expect(Math.abs(own(isFirst, first).length / DRAWS - 0.75)).toBeLessThan(0.0153);
    for (const [values, mean, deviation] of [
      [own(isFirst, first), -1, 0.5],
      [own(isFirst, second), 5, 1],
      [own((value) => !isFirst(value), first), 3, 2],
      [own((value) => !isFirst(value), second), -5, 0.25],
    ] as const) {
      const found = moments(values);
      // 5 sd / sqrt(5,000) = 0.07 sd
      expect(Math.abs(found.mean - mean)).toBeLessThan(0.07 * deviation);
      expect(Math.abs(found.deviation - deviation)).toBeLessThan(0.07 * deviation);
    }
  });

  test("temperature 0 gives the means of the likeliest component, 2 divides logits and doubles variances", () => {
    expect(draws(drawing, rows, 0).map((each) => each[7])).toEqual([-1, 5]);
    const [first = [], second = []] = draws(drawing, rows, 2);
    const share = second.filter((value) => value > 0).length / DRAWS;
    expect(Math.abs(share - Math.sqrt(3) / (1 + Math.sqrt(3)))).toBeLessThan(0.018);
    const { deviation } = moments(first.filter((_, index) => (second[index] ?? 0) > 0));
    expect(Math.abs(deviation / (0.5 * Math.SQRT2) - 1)).toBeLessThan(0.07);
  });
});

describe("poisson", () => {
  // Large rates are drawn as normal numbers.
  test.each([0.3, 4, 60.5, 2e6])("rate %d: its mean and its variance are the rate", (rate) => {
    const [counts = []] = draws({ kind: "poisson" }, [rate]);
    expect(counts.every((each) => Number.isInteger(each) && each >= 0)).toBe(true);
    const { mean, deviation } = moments(counts);
    expect(Math.abs(mean - rate)).toBeLessThan(0.035 * Math.sqrt(rate));
    // The fourth moment of small rates is larger.
    expect(Math.abs(deviation / Math.sqrt(rate) - 1)).toBeLessThan(0.05);
  });

  test("rate 2: each count as often as its probability", () => {
    const [counts = []] = draws({ kind: "poisson" }, [2]);
    const factorials = [1, 1, 2, 6, 24, 120];
    for (const [k, factorial] of factorials.entries()) {
      const expected = (Math.exp(-2) * 2 ** k) / factorial;
      const share = counts.filter((each) => each === k).length / DRAWS;
      expect(Math.abs(share - expected), `${k}`).toBeLessThan(5 * Math.sqrt(expected / DRAWS));
    }
  });

  test("temperature 0 gives the likeliest count, and a rate of 0 no other", () => {
    expect(drawNumbers({ kind: "poisson" }, [2.7, 0, 0.4], { temperature: 0, seed: 1, stream: "", step: 0 })).toEqual([
      2, 0, 0,
    ]);
    expect(draws({ kind: "poisson" }, [0])[0]?.every((each) => each === 0)).toBe(true);
  });
});

describe("quantile", () => {
  const drawing = { kind: "quantile", at: [0.1, 0.5, 0.9] } as const;

  test("on the lines between quantiles, and the outer ones beyond them", () => {
    const [values = []] = draws(drawing, [-1, 0, 3]);
    const share = (holds: (value: number) => boolean): number => values.filter(holds).length / DRAWS;
    // A tenth of all draws lies beyond each end. 5 sqrt(0.25 / 20,000) = 0.018
    expect(Math.abs(share((each) => each === -1) - 0.1)).toBeLessThan(0.018);
    expect(Math.abs(share((each) => each === 3) - 0.1)).toBeLessThan(0.018);
    expect(Math.abs(share((each) => each < 0) - 0.5)).toBeLessThan(0.018);
    expect(Math.abs(share((each) => each < 1.5) - 0.7)).toBeLessThan(0.018);
  });

  test("temperature 0 gives the median, also where it is not among the quantiles", () => {
    const draw = { temperature: 0, seed: 1, stream: "", step: 0 };
    expect(drawNumbers(drawing, [-1, 0, 3, 5, 7, 8], draw)).toEqual([0, 7]);
    expect(drawNumbers({ kind: "quantile", at: [0.25, 0.75] }, [1, 3], draw)).toEqual([2]);
    expect(drawNumbers({ kind: "quantile", at: [0.9] }, [4], draw)).toEqual([4]);
  });
});
