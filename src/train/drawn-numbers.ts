// Draws numbers from what a prediction gives of them: a density, rates or quantiles. Temperature 0 gives the usual value of each; a higher
// one widens the spread, as it does for tokens: it divides the logarithm of the probability.
import { uniformAt } from "../base/random.ts";
import { sample, type DrawNumbers } from "./sampling.ts";

/** Numbers in [0, 1) of one step: each is a function of its index. */
type Chances = (index: number) => number;

export const drawNumbers: DrawNumbers = (drawing, values, { temperature, seed, stream, step }) => {
  // Each element of each step has a draw of its own.
  const chances =
    (count: number): Chances =>
    (index) =>
      uniformAt(seed, stream, step * count + index);
  switch (drawing.kind) {
    case "gaussian":
      return drawGaussian(values, temperature, chances(values.length)).map(Math.fround);
    case "mixture":
      return drawMixture(values, drawing.components, temperature, chances(values.length)).map(Math.fround);
    case "poisson":
      return drawPoisson(values, temperature, chances(2 * values.length));
    case "quantile":
      return drawQuantile(values, drawing.at, temperature, chances(values.length / drawing.at.length)).map(Math.fround);
  }
};

/** From means and standard deviations in turn. */
function drawGaussian(values: ArrayLike<number>, temperature: number, chance: Chances): readonly number[] {
  const spread = Math.sqrt(temperature);
  return Array.from({ length: values.length / 2 }, (_, element) => {
    const [mean, deviation] = [values[2 * element] ?? 0, values[2 * element + 1] ?? 0];
    return mean + (spread === 0 ? 0 : spread * deviation * normal(chance(2 * element), chance(2 * element + 1)));
  });
}

/**
 * From the rows of components: first a component, then a number from each of its normal distributions. The temperature divides the logits
 * and multiplies the variances; 0 gives the means of the likeliest component.
 */
function drawMixture(
  values: ArrayLike<number>,
  components: number,
  temperature: number,
  chance: Chances,
): readonly number[] {
  const width = values.length / components;
  const size = (width - 1) / 2;
  const logits = Array.from({ length: components }, (_, row) => values[row * width] ?? 0);
  const allowed = logits.map((_, row) => row);
  const row = sample(logits, allowed, { temperature }, chance(0)) * width;
  const spread = Math.sqrt(temperature);
  return Array.from({ length: size }, (_, element) => {
    const [mean, log] = [values[row + 1 + element] ?? 0, values[row + 1 + size + element] ?? 0];
    if (spread === 0) return mean;
    return mean + spread * Math.exp(log) * normal(chance(1 + 2 * element), chance(2 + 2 * element));
  });
}

/** Box–Muller, as `fillNormal` in src/base/random.ts. */
function normal(a: number, b: number): number {
  return Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b);
}

/** From rates: whole numbers; at temperature 0 the likeliest. */
function drawPoisson(rates: ArrayLike<number>, temperature: number, chance: Chances): readonly number[] {
  return Array.from(rates, (rate, element) => {
    if (temperature === 0 || !(rate > 0)) return Math.floor(rate);
    if (rate * temperature <= MOST_COUNTED) return countAt(rate, temperature, chance(2 * element));
    const far = Math.sqrt(rate * temperature) * normal(chance(2 * element), chance(2 * element + 1));
    return Math.max(0, Math.round(rate + far));
  });
}

/** From here on, the Poisson distribution is within 0.1 % of a normal one, and counting would take long. */
const MOST_COUNTED = 1e6;

/** A logarithm of a probability so far below the greatest does not count in a sum of 64-bit floats. */
const NEGLIGIBLE = -40;

/** Goes over counts from the first to the last that has a probability, until their sum exceeds the chance. */
function countAt(rate: number, temperature: number, chance: number): number {
  const mode = Math.floor(rate);
  // log p(k + 1) - log p(k) = log rate - log(k + 1)
  const step = (k: number): number => (Math.log(rate) - Math.log(k + 1)) / temperature;
  let first = mode;
  for (let log = 0; first > 0 && log > NEGLIGIBLE; first--) log -= step(first - 1);
  const weights: number[] = [];
  let lowest = 0;
  for (let k = first; k < mode; k++) lowest -= step(k);
  for (let k = first, log = lowest; k <= mode || log > NEGLIGIBLE; k++) {
    weights.push(Math.exp(log));
    log += step(k);
  }
  let rest = chance * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return first + index;
  }
  return mode;
}

/**
 * From quantiles `[…, q]` at the probabilities `at`: the value at a chance, on the line between the two quantiles around it. Below the lowest
 * and above the highest quantile it is that quantile. Temperature 0 gives the median, a higher one changes nothing more.
 */
function drawQuantile(
  values: ArrayLike<number>,
  at: readonly number[],
  temperature: number,
  chance: Chances,
): readonly number[] {
  return Array.from({ length: values.length / at.length }, (_, element) => {
    const point = temperature === 0 ? 0.5 : chance(element);
    const above = at.findIndex((each) => each >= point);
    const quantile = (index: number): number => values[element * at.length + index] ?? 0;
    if (above <= 0) return quantile(above < 0 ? at.length - 1 : 0);
    const [low, high] = [at[above - 1] ?? 0, at[above] ?? 1];
    const share = (point - low) / (high - low);
    return quantile(above - 1) + share * (quantile(above) - quantile(above - 1));
  });
}
