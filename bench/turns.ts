// Measures in turn: each round takes one sample of each contestant, every other round in the opposite order. So other work on the
// machine affects all equally. A pause between samples lets the threads of the previous contestant go to sleep.
import type { Contestant } from "./contestant.ts";

/** All in milliseconds. */
export interface Budget {
  /** How long everyone repeats before anything is measured, once at least. */
  readonly warmUp: number;
  /** How long a sample takes at least: so many repetitions are one sample. */
  readonly sample: number;
  /** How long one contestant's samples may take together; there are `fewest` at least and `most` at most. */
  readonly each: number;
  readonly fewest: number;
  readonly most: number;
}

/** Who takes longer than this for one repetition has one sample, before the rounds: it would take most of the time for itself. */
const SLOW = 3000;

export const FULL: Budget = { warmUp: 300, sample: 30, each: 500, fewest: 3, most: 15 };
export const QUICK: Budget = { warmUp: 50, sample: 5, each: 50, fewest: 2, most: 3 };

interface Plan {
  readonly contestant: Contestant;
  readonly repetitions: number;
  readonly rounds: number;
  /** Milliseconds of one repetition, one for each round. */
  readonly samples: number[];
}

/** Milliseconds of one repetition, a sample for each round, of each contestant. Slow ones sit out the last rounds. */
export async function inTurn(
  contestants: readonly Contestant[],
  budget: Budget,
): Promise<readonly (readonly number[])[]> {
  const plans: Plan[] = [];
  for (const each of contestants) plans.push(await planned(each, budget));
  for (let round = 0; round < Math.max(...plans.map(({ rounds }) => rounds)); round++) {
    const present = plans.filter(({ rounds }) => round < rounds);
    for (const { contestant, repetitions, samples } of round % 2 === 0 ? present : present.toReversed()) {
      globalThis.gc?.();
      samples.push((await contestant.sample(repetitions)) / repetitions);
      await pause(contestant.rest);
    }
  }
  return plans.map(({ samples }) => samples);
}

/** Repeats until engines have optimised; decides how many repetitions are one sample, and how many samples there are. */
async function planned(contestant: Contestant, { warmUp, sample, each, fewest, most }: Budget): Promise<Plan> {
  const start = performance.now();
  let fastest = await contestant.sample(1);
  if (fastest > SLOW) return { contestant, repetitions: 1, rounds: 0, samples: [fastest] };
  while (performance.now() - start < warmUp) fastest = Math.min(fastest, await contestant.sample(1));
  const repetitions = Math.max(1, Math.ceil(sample / fastest));
  const rounds = Math.min(most, Math.max(fewest, Math.floor(each / (repetitions * fastest))));
  return { contestant, repetitions, rounds, samples: [] };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
