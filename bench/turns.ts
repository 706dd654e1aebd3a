// Measuring in turn: each round takes one sample of everyone, every other round in the opposite order, so that what the machine
// does meanwhile meets all alike. Nobody's threads may still be awake when the next one begins, so there is a pause between.
import type { Contestant } from "./contestant.ts";
import { median } from "./median.ts";

export interface Budget {
  /** Milliseconds that everyone warms up for, one repetition at least. */
  readonly warmUp: number;
  /** Milliseconds that a sample should take at least: so many repetitions are one sample. */
  readonly sample: number;
  /** Milliseconds for all rounds together; there are `fewest` rounds at least and `most` at most. */
  readonly rounds: number;
  readonly fewest: number;
  readonly most: number;
}

export const FULL: Budget = { warmUp: 800, sample: 40, rounds: 9000, fewest: 5, most: 15 };
export const QUICK: Budget = { warmUp: 100, sample: 5, rounds: 500, fewest: 2, most: 3 };

/** Worker threads of others sleep after some 100 µs (ours) to 3 ms (OpenMP's). */
const PAUSE = 5;

/** Milliseconds of one repetition: a median over rounds for each contestant. */
export async function inTurn(contestants: readonly Contestant[], budget: Budget): Promise<readonly number[]> {
  const times: number[] = [];
  for (const each of contestants) times.push(await warmUp(each, budget));
  const samples = contestants.map((): number[] => []);
  const places = contestants.map((_, index) => index);
  const start = performance.now();
  const isOver = (round: number): boolean =>
    round >= budget.most || (round >= budget.fewest && performance.now() - start > budget.rounds);
  for (let round = 0; !isOver(round); round++) {
    for (const place of round % 2 === 0 ? places : places.toReversed()) {
      const [contestant, repetitions = 1] = [contestants[place], times[place]];
      if (contestant === undefined) continue;
      globalThis.gc?.();
      await pause();
      samples[place]?.push((await contestant.sample(repetitions)) / repetitions);
    }
  }
  return samples.map(median);
}

/** Repeats until engines have optimised; gives how many repetitions are one sample. */
async function warmUp(contestant: Contestant, { warmUp: least, sample }: Budget): Promise<number> {
  const start = performance.now();
  let fastest = Infinity;
  do fastest = Math.min(fastest, await contestant.sample(1));
  while (performance.now() - start < least);
  return Math.max(1, Math.ceil(sample / fastest));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}
