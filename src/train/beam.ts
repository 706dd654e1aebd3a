// Beam search: keeps the `width` likeliest beginnings of each example, and returns the best candidates that have ended.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { outputOf } from "../lang/elaborate/predict.ts";
import type { HostArray } from "../targets/target.ts";
import { Pauses } from "./pauses.ts";
import { logProbabilities } from "./sampling.ts";
import type { Feedback, Session } from "./session.ts";
import type { Batch } from "./source.ts";
import { writableTokens } from "./writing.ts";

export interface BeamSettings {
  readonly width: number;
  /** The largest number of symbols. */
  readonly length: number;
  /** The number of candidates for each example, at most `width`. */
  readonly best: number;
  /** Candidates are compared by logProbability / length ** lengthPenalty; 0 or more. */
  readonly lengthPenalty: number;
  readonly signal?: AbortSignal;
}

export interface Candidate {
  /** Without the end token. */
  readonly tokens: readonly number[];
  /** Of all its tokens, the end token included. */
  readonly logProbability: number;
  readonly score: number;
  /** Whether it ended by itself; otherwise it was cut at `length`. */
  readonly isWhole: boolean;
}

/** The start of a search: examples, and for a text the tokens that it continues. */
export interface BeamStart {
  readonly batch: Batch;
  readonly prompt?: Int32Array;
}

/** A beginning that has not ended. */
interface Open {
  readonly tokens: readonly number[];
  readonly logProbability: number;
  /** The index of its state in the batch. */
  readonly row: number;
}

interface Search {
  readonly open: readonly Open[];
  readonly ended: readonly Candidate[];
}

/**
 * The best candidates for each example of the batch, the best one first: those that ended, then those that were cut.
 * `vocabulary` is null for tokens that are numbers. Throws a UserError for a model that does not feed back one sequence of tokens.
 */
export async function beamSearch<T>(
  session: Session<T>,
  start: BeamStart,
  vocabulary: Vocabulary | null,
  settings: BeamSettings,
): Promise<readonly (readonly Candidate[])[]> {
  const { width, length } = settings;
  const feedback = onlyTokens(session.feedback);
  const pauses = new Pauses(settings.signal);
  await session.begin(start.batch, width);
  const lengths = session.wholeLengths;
  const endOf = (example: number): number => Math.min(length, lengths?.[example * width] ?? Infinity);
  const isCut = (example: number): boolean => lengths === null || length < (lengths[example * width] ?? 0);
  const beginning: Open = { tokens: [], logProbability: 0, row: 0 };
  // At first, all copies of an example are equal, so one of them is enough.
  let searches = Array.from({ length: session.batch / width }, (_, example): Search => {
    const open = [{ ...beginning, row: example * width }];
    return endOf(example) === 0 ? finish({ open, ended: [] }, settings, isCut(example)) : { open, ended: [] };
  });
  let fed = repeatPrompt(start.prompt, session.batch);
  while (searches.some(({ open }) => open.length > 0)) {
    await pauses.next();
    const results = await session.step(fed === null ? new Map() : new Map([[feedback.input.name, fed]]), fed?.shape[0]);
    const logits = lastLogits(results, feedback);
    const extending = { logits, vocabulary, settings };
    searches = searches.map((search, example) => {
      const next = extend(search, extending);
      const isOver = (next.open[0]?.tokens.length ?? 0) >= endOf(example);
      return isOver ? finish(next, settings, isCut(example)) : next;
    });
    fed = await advance(session, { searches, feedback, isPrompted: start.prompt !== undefined });
    searches = searches.map((search, example) => ({
      ...search,
      open: search.open.map((each, index) => ({ ...each, row: example * width + index })),
    }));
  }
  return searches.map(({ ended }) => sortCandidates(ended).slice(0, settings.best));
}

function onlyTokens(feedback: readonly Feedback[]): Feedback {
  const [only, ...others] = feedback;
  if (only?.prediction.kind === "token" && others.length === 0) return only;
  throw new UserError("beam search needs a model that feeds back one sequence of tokens");
}

/** The prompt for each copy: `[n, B]`. */
function repeatPrompt(prompt: Int32Array | undefined, batch: number): HostArray | null {
  if (prompt === undefined) return null;
  const data = Int32Array.from({ length: prompt.length * batch }, (_, index) => prompt[Math.floor(index / batch)] ?? 0);
  return { dtype: "int", shape: [prompt.length, batch], data };
}

/** The logits of the last step, by row of the batch. */
function lastLogits(
  results: ReadonlyMap<string, HostArray>,
  { prediction }: Feedback,
): (row: number) => ArrayLike<number> {
  const { data, shape } = results.get(outputOf(prediction)) ?? fail("beam search", "no logits");
  const [steps = 1, batch = 1, size = 1] = shape;
  return (row) => data.subarray(((steps - 1) * batch + row) * size, ((steps - 1) * batch + row + 1) * size);
}

/** Reorders the states to match their beginnings. For a text, returns the tokens of the next step, `[1, B]`; otherwise puts them into the state. */
async function advance<T>(
  session: Session<T>,
  more: { readonly searches: readonly Search[]; readonly feedback: Feedback; readonly isPrompted: boolean },
): Promise<HostArray | null> {
  const width = session.batch / more.searches.length;
  const rows = Array.from({ length: session.batch }, (_, row) => row);
  const last = new Int32Array(session.batch);
  more.searches.forEach(({ open }, example) => {
    open.forEach(({ tokens, row }, index) => {
      rows[example * width + index] = row;
      last[example * width + index] = tokens.at(-1) ?? 0;
    });
  });
  await session.reorder(rows);
  if (more.isPrompted) return { dtype: "int", shape: [1, last.length], data: last };
  session.correct(more.feedback.input.name, { dtype: "int", shape: [last.length], data: last });
  return null;
}

interface Extending {
  readonly logits: (row: number) => ArrayLike<number>;
  readonly vocabulary: Vocabulary | null;
  readonly settings: BeamSettings;
}

/** The `width` likeliest ways to write one more symbol. */
function extend({ open, ended }: Search, { logits, vocabulary, settings }: Extending): Search {
  const kept = open
    .flatMap((before) => {
      const values = logits(before.row);
      const allowed = vocabulary === null ? Array.from(values, (_, token) => token) : writableTokens(vocabulary);
      return likeliest(logProbabilities(values, allowed), settings.width).map(({ index, value }) => ({
        before,
        token: allowed[index] ?? 0,
        logProbability: before.logProbability + value,
      }));
    })
    .toSorted((a, b) => b.logProbability - a.logProbability)
    .slice(0, settings.width);
  const isEnd = ({ token }: { readonly token: number }): boolean => vocabulary !== null && token === vocabulary.end;
  const nowEnded = kept
    .filter(isEnd)
    .map(({ before: { tokens }, logProbability }) =>
      candidate({ tokens, logProbability }, tokens.length + 1, { settings, isWhole: true }),
    );
  const all = sortCandidates([...ended, ...nowEnded]);
  const threshold = all[settings.best - 1]?.score ?? -Infinity;
  const next = kept
    .filter((each) => !isEnd(each))
    .map(({ before: { tokens, row }, token, logProbability }) => ({ tokens: [...tokens, token], logProbability, row }));
  return { ended: all, open: next.filter((each) => mayBeat(each, threshold, settings)) };
}

/** Whether a beginning would be better than `threshold` if it ended at the next step with probability 1. */
function mayBeat({ tokens, logProbability }: Open, threshold: number, { lengthPenalty }: BeamSettings): boolean {
  return logProbability / (tokens.length + 1) ** lengthPenalty > threshold;
}

/** The `count` greatest values. Equal values are in the order of their indices. */
function likeliest(
  values: readonly number[],
  count: number,
): readonly { readonly index: number; readonly value: number }[] {
  const found: { readonly index: number; readonly value: number }[] = [];
  values.forEach((value, index) => {
    if (found.length === count && value <= (found.at(-1)?.value ?? -Infinity)) return;
    const after = found.findIndex((each) => each.value < value);
    found.splice(after < 0 ? found.length : after, 0, { index, value });
    if (found.length > count) found.pop();
  });
  return found;
}

/** Ends all beginnings. */
function finish({ open, ended }: Search, settings: BeamSettings, isCut: boolean): Search {
  const now = open.map((each) => candidate(each, Math.max(1, each.tokens.length), { settings, isWhole: !isCut }));
  return { ended: [...ended, ...now], open: [] };
}

function candidate(
  { tokens, logProbability }: Pick<Open, "tokens" | "logProbability">,
  count: number,
  { settings, isWhole }: { readonly settings: BeamSettings; readonly isWhole: boolean },
): Candidate {
  return { tokens, logProbability, score: logProbability / count ** settings.lengthPenalty, isWhole };
}

/** Those that ended, then those that were cut, the best of each first. */
function sortCandidates(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.toSorted((a, b) => Number(b.isWhole) - Number(a.isWhole) || b.score - a.score);
}
