// Beam search of `by ctc` (Graves 2012, prefix search; Hannun et al. 2014): the likeliest labels, adding up the paths that read as them.
// With a width that keeps every prefix, the probabilities are exact.
import { fail } from "../base/invariant.ts";
import type { LabelScores } from "./likeliest-labels.ts";
import { logProbabilities } from "./sampling.ts";

export interface FoundLabels {
  readonly labels: readonly number[];
  /** Of all paths that were kept and read as these labels. */
  readonly logProbability: number;
}

/** Labels so far; each longer prefix is made once, so that paths which meet there add up. */
interface Prefix {
  readonly before: Prefix | null;
  readonly label: number;
  readonly longer: Map<number, Prefix>;
}

/** Log probabilities of the paths that read as a prefix: those that end in the blank, and those that end in its last label. */
interface Ends {
  blank: number;
  label: number;
}

/** The labels that a search of `width` prefixes finds likeliest, the best first. `allowed`: the labels that may be given; all if absent. */
export function searchLabels(scores: LabelScores, width: number, allowed?: readonly number[]): readonly FoundLabels[] {
  const empty: Prefix = { before: null, label: -1, longer: new Map() };
  let kept = new Map<Prefix, Ends>([[empty, { blank: 0, label: -Infinity }]]);
  for (const each of scores) {
    const next = new Map<Prefix, Ends>();
    const blank = each.length - 1;
    const labels = allowed ?? Array.from({ length: blank }, (_, label) => label);
    const logs = logProbabilities(each, [...labels, blank]);
    for (const [prefix, ends] of kept) extend(next, { prefix, ends }, labels, logs);
    kept = new Map([...next].toSorted(([, a], [, b]) => totalOf(b) - totalOf(a)).slice(0, width));
  }
  return [...kept].map(([prefix, ends]) => ({ labels: labelsOf(prefix), logProbability: totalOf(ends) }));
}

interface Kept {
  readonly prefix: Prefix;
  readonly ends: Ends;
}

/** Adds the paths of one more step. `logs`: log probabilities of `labels`, and last that of the blank. */
function extend(
  next: Map<Prefix, Ends>,
  { prefix, ends }: Kept,
  labels: readonly number[],
  logs: readonly number[],
): void {
  const all = totalOf(ends);
  const same = endsOf(next, prefix);
  same.blank = addLogs(same.blank, all + (logs.at(-1) ?? fail("search", "no blank")));
  labels.forEach((label, index) => {
    const log = logs[index] ?? -Infinity;
    const isAgain = label === prefix.label;
    // A label again is the same one, unless a blank was between.
    if (isAgain) same.label = addLogs(same.label, ends.label + log);
    const from = isAgain ? ends.blank : all;
    if (from === -Infinity) return;
    const longer = endsOf(next, longerBy(prefix, label));
    longer.label = addLogs(longer.label, from + log);
  });
}

function endsOf(next: Map<Prefix, Ends>, prefix: Prefix): Ends {
  const ends = next.get(prefix) ?? { blank: -Infinity, label: -Infinity };
  next.set(prefix, ends);
  return ends;
}

function longerBy(prefix: Prefix, label: number): Prefix {
  const longer = prefix.longer.get(label) ?? { before: prefix, label, longer: new Map() };
  prefix.longer.set(label, longer);
  return longer;
}

function labelsOf(prefix: Prefix): readonly number[] {
  const labels: number[] = [];
  for (let each: Prefix = prefix; each.before !== null; each = each.before) labels.push(each.label);
  return labels.reverse();
}

function totalOf({ blank, label }: Ends): number {
  return addLogs(blank, label);
}

/** log(exp(a) + exp(b)). */
function addLogs(a: number, b: number): number {
  const most = Math.max(a, b);
  return most === -Infinity ? most : most + Math.log1p(Math.exp(Math.min(a, b) - most));
}
