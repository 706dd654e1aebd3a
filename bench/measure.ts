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
  /** The characters of one repetition, if it reads text. */
  readonly characters?: number;
}

/** The cases and contestants that are measured, by their names. */
export interface Chosen {
  readonly isCase: (name: string) => boolean;
  readonly isContestant: (who: string) => boolean;
}

/** Those whose names contain one of the given texts, which stand between commas. All, where none is given. */
export function chosenBy(cases?: string, contestants?: string): Chosen {
  const containing = (texts?: string) => (name: string) =>
    texts === undefined || texts.split(",").some((text) => name.includes(text));
  return { isCase: containing(cases), isContestant: containing(contestants) };
}

/** `native 2t`. */
export type CeilingName = `${Ceiling["kind"]} ${number}t`;

/** The ceiling that bounds a contestant: that of WebAssembly where it runs in WebAssembly. */
export function ceilingOf({ who, threads }: Pick<Contestant, "who" | "threads">): CeilingName {
  return `${/wasm/.test(who) ? "wasm" : "native"} ${threads}t`;
}

export interface Measuring {
  readonly chosen: Chosen;
  readonly budget: Budget;
  readonly ceilings: readonly Ceiling[];
  /** GFLOP/s of each ceiling's samples so far, by its kind and threads. */
  readonly ceilingRates: Map<CeilingName, number[]>;
  readonly problems: string[];
}

export async function measureTogether(all: readonly Entry[], measuring: Measuring): Promise<readonly Row[]> {
  const { ceilings, ceilingRates, budget, chosen } = measuring;
  const entries = all.filter(({ contestant }) => chosen.isContestant(contestant.who));
  for (const each of all) if (!entries.includes(each)) await each.contestant.dispose();
  if (entries.length === 0) return [];
  const sound = await checkAgreement(entries, measuring.problems);
  const contestants = [...ceilings.map(({ contestant }) => contestant), ...sound.map(({ contestant }) => contestant)];
  const samples = await inTurn(contestants, budget);
  const reached = new Map(
    ceilings.map(({ kind, contestant, flops }, index) => {
      const name: CeilingName = `${kind} ${contestant.threads}t`;
      const rate = gflopsOf(flops, median(samples[index] ?? []));
      ceilingRates.set(name, [...(ceilingRates.get(name) ?? []), rate]);
      return [name, rate];
    }),
  );
  for (const { contestant } of entries) await contestant.dispose();
  return sound.map((entry, index) => {
    const own = samples[ceilings.length + index] ?? [];
    return rowOf(entry, own, reached.get(ceilingOf(entry.contestant)) ?? null);
  });
}

/** `samples`: milliseconds of one repetition. `ceiling`: GFLOP/s on the same number of threads; null if it was not measured. */
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

/** Rounds to four digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Tolerances. The first value depends on the same weights; later ones also on optimisers, and on a second bias in PyTorch's cells. */
const [FIRST, LATER] = [1e-4, 2e-2];

/** Removes contestants that fail, or disagree with the first contestant of the same case, and reports them in `problems`. */
async function checkAgreement(entries: readonly Entry[], problems: string[]): Promise<readonly Entry[]> {
  const expected = new Map<string, readonly number[]>();
  const sound: Entry[] = [];
  for (const entry of entries) {
    const name = `${entry.what} ${entry.case}, ${entry.contestant.who}`;
    try {
      const values = await entry.contestant.first();
      const others = expected.get(`${entry.what} ${entry.case}`) ?? values;
      expected.set(`${entry.what} ${entry.case}`, others);
      if (agree(values, others)) sound.push(entry);
      else problems.push(`${name}: computed ${values.join(", ")}, but others computed ${others.join(", ")}`);
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return sound;
}

/** A contestant that cannot be compared has no values, and agrees. */
export function agree(values: readonly number[], others: readonly number[]): boolean {
  return values.every((value, index) => {
    const other = others[index] ?? NaN;
    return Math.abs(value - other) <= (index === 0 ? FIRST : LATER) * Math.abs(other);
  });
}
