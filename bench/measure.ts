// Measures all contestants, and the machine's ceiling, on some cases in turn, and builds rows. A contestant whose results on a case differ
// from the others' is reported and has no row.
import type { Contestant } from "./contestant.ts";
import { median } from "./median.ts";
import type { Row, What } from "./results.ts";
import type { Ceiling } from "./tile.ts";
import { inTurn, type Budget } from "./turns.ts";

/** A contestant on a case. */
export interface Entry {
  readonly case: string;
  readonly what: What;
  readonly contestant: Contestant;
  /** Floating-point operations of one repetition. */
  readonly flops: number;
  /** Characters of one repetition, where it reads text. */
  readonly characters?: number;
}

export interface Measuring {
  readonly budget: Budget;
  readonly ceilings: readonly Ceiling[];
  /** GFLOP/s of each ceiling's samples so far, by threads. */
  readonly ceilingRates: Map<number, number[]>;
  readonly problems: string[];
}

export async function measureTogether(entries: readonly Entry[], measuring: Measuring): Promise<readonly Row[]> {
  const { ceilings, ceilingRates, budget } = measuring;
  const sound = await thatAgree(entries, measuring.problems);
  const contestants = [...ceilings.map(({ contestant }) => contestant), ...sound.map(({ contestant }) => contestant)];
  const samples = await inTurn(contestants, budget);
  const reached = new Map(
    ceilings.map(({ contestant, flops }, index) => {
      const rate = gflopsOf(flops, median(samples[index] ?? []));
      ceilingRates.set(contestant.threads, [...(ceilingRates.get(contestant.threads) ?? []), rate]);
      return [contestant.threads, rate];
    }),
  );
  for (const { contestant } of entries) await contestant.dispose();
  return sound.map((entry, index) => {
    const own = samples[ceilings.length + index] ?? [];
    return rowOf(entry, own, reached.get(entry.contestant.threads) ?? null);
  });
}

/** `samples`: milliseconds of one repetition. `ceiling`: GFLOP/s on as many threads, null where none was measured. */
export function rowOf(entry: Entry, samples: readonly number[], ceiling: number | null): Row {
  const { contestant, flops, characters } = entry;
  const ms = median(samples);
  const gflops = gflopsOf(flops, ms);
  return {
    case: entry.case,
    what: entry.what,
    who: contestant.who,
    threads: contestant.threads,
    ms: rounded(ms),
    samples: samples.length,
    gflops: rounded(gflops),
    ceiling: ceiling === null ? null : rounded(gflops / ceiling),
    ...(characters === undefined ? {} : { characters: Math.round((1000 * characters) / ms) }),
  };
}

export function gflopsOf(flops: number, ms: number): number {
  return flops / ms / 1e6;
}

/** To four digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** The first value is computed by the very same weights; later losses also by optimisers, and by one bias more in PyTorch's own cells. */
const [FIRST, LATER] = [1e-4, 2e-2];

/** Leaves out who fails, or disagrees with the first contestant on the same case. */
async function thatAgree(entries: readonly Entry[], problems: string[]): Promise<readonly Entry[]> {
  const expected = new Map<string, readonly number[]>();
  const sound: Entry[] = [];
  for (const entry of entries) {
    const name = `${entry.what} ${entry.case}, ${entry.contestant.who}`;
    try {
      const values = await entry.contestant.first();
      const wanted = expected.get(`${entry.what} ${entry.case}`) ?? values;
      expected.set(`${entry.what} ${entry.case}`, wanted);
      if (agree(values, wanted)) sound.push(entry);
      else problems.push(`${name}: computed ${values.join(", ")}, but others ${wanted.join(", ")}`);
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return sound;
}

/** Who computes something else by its nature gives no values. */
export function agree(values: readonly number[], wanted: readonly number[]): boolean {
  return values.every((value, index) => {
    const other = wanted[index] ?? NaN;
    return Math.abs(value - other) <= (index === 0 ? FIRST : LATER) * Math.abs(other);
  });
}
