// Chooses a token from logits: the likeliest, or one that is drawn.
import { UserError } from "../base/diagnostic.ts";
import { uniformAt } from "../base/random.ts";
import type { Drawing, NumberDrawing } from "../lang/elaborate/drawing.ts";
import { likeliest } from "./likeliest.ts";

export interface Sampling {
  /** Values above 1 make unlikely tokens more frequent, values below 1 less; 0 takes the likeliest token. */
  readonly temperature: number;
  /** Only the `topK` likeliest tokens may be drawn. */
  readonly topK?: number;
  /** Only the likeliest tokens that together have at least this probability may be drawn (nucleus sampling, Holtzman et al. 2020). */
  readonly topP?: number;
}

interface Candidate {
  readonly token: number;
  readonly weight: number;
}

/** Throws a UserError for options that are out of range. */
export function checkSampling({ temperature, topK, topP }: Sampling): void {
  if (!(temperature >= 0)) throw new UserError(`the temperature is ${temperature}, but it must be 0 or more`);
  if (topK !== undefined && !(topK >= 1)) throw new UserError(`top-k is ${topK}, but it must be 1 or more`);
  if (topP !== undefined && !(topP > 0 && topP <= 1))
    throw new UserError(`top-p is ${topP}, but it must be above 0 and at most 1`);
}

/** Draws from softmax(logits / temperature) over `allowed` tokens. `chance` is a number in [0, 1). */
export function sample(
  logits: ArrayLike<number>,
  allowed: readonly number[],
  { temperature, topK = Infinity, topP = 1 }: Sampling,
  chance: number,
): number {
  const best = likeliest(logits, allowed);
  if (temperature === 0) return best;
  const peak = logits[best] ?? 0;
  const weighted = allowed.map((token) => ({
    token,
    weight: Math.exp(((logits[token] ?? -Infinity) - peak) / temperature),
  }));
  return draw(selectNucleus(weighted, topK, topP), chance) ?? best;
}

/** How the value of one step is drawn: the same for the same seed, stream and step. */
export interface Draw extends Sampling {
  readonly seed: number;
  readonly stream: string;
  readonly step: number;
}

/** Draws numbers from what describes their distribution. */
export type DrawNumbers = (drawing: NumberDrawing, values: ArrayLike<number>, draw: Draw) => readonly number[];

/**
 * The value of one step from its logits, or from numbers. A token is one of `allowed`. `drawNumbers` is apart, because few models need it
 * and a module holds only what its model needs.
 */
export function chooseValue(
  drawing: Drawing,
  values: ArrayLike<number>,
  { allowed, draw, drawNumbers }: ValueChoice,
): number | readonly number[] {
  const { temperature, seed, stream, step } = draw;
  switch (drawing.kind) {
    case "token":
      return sample(values, allowed, draw, uniformAt(seed, stream, step));
    case "binary":
      return Array.from(values, (logit, element) => {
        if (temperature === 0) return Number(logit > 0);
        const chance = uniformAt(seed, stream, step * values.length + element);
        return Number(chance < 1 / (1 + Math.exp(-logit / temperature)));
      });
    case "value":
      return Array.from(values);
    default:
      return drawNumbers(drawing, values, draw);
  }
}

interface ValueChoice {
  readonly allowed: readonly number[];
  readonly draw: Draw;
  readonly drawNumbers: DrawNumbers;
}

/** The shape of a value that is drawn from an array of shape `from`. */
export function drawnShape(drawing: Drawing, from: readonly number[]): readonly number[] {
  switch (drawing.kind) {
    case "mixture":
      return [...from.slice(0, -2), ...(drawing.isVector ? [((from.at(-1) ?? 3) - 1) / 2] : [])];
    case "token":
    case "gaussian":
    case "quantile":
      return from.slice(0, -1);
    case "binary":
    case "value":
    case "poisson":
      return from;
  }
}

/** The `topK` likeliest candidates, and of these the fewest with the probability `topP` together. */
function selectNucleus(candidates: readonly Candidate[], topK: number, topP: number): readonly Candidate[] {
  if (topK === Infinity && topP >= 1) return candidates;
  const sorted = candidates.toSorted((a, b) => b.weight - a.weight || a.token - b.token).slice(0, topK);
  const share = topP * totalOf(sorted);
  let sum = 0;
  const count = sorted.findIndex(({ weight }) => (sum += weight) >= share) + 1;
  return count === 0 ? sorted : sorted.slice(0, count);
}

function draw(candidates: readonly Candidate[], chance: number): number | undefined {
  let rest = chance * totalOf(candidates);
  for (const { token, weight } of candidates) {
    rest -= weight;
    if (rest < 0) return token;
  }
  return undefined;
}

function totalOf(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { weight }) => sum + weight, 0);
}

/** log softmax of the logits of `allowed` tokens, in their order. */
export function logProbabilities(logits: ArrayLike<number>, allowed: readonly number[]): readonly number[] {
  const values = allowed.map((token) => logits[token] ?? -Infinity);
  const peak = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value - peak), 0)) + peak;
  return values.map((value) => value - total);
}
