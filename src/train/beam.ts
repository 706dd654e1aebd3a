// Beam search: keeps the `width` likeliest beginnings of each example; of those that have ended, the likeliest is written.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { outputOf } from "../lang/elaborate/predict.ts";
import { logProbabilities } from "./sampling.ts";
import type { Session } from "./session.ts";
import type { Batch } from "./source.ts";
import { writable } from "./writing.ts";

export interface BeamOptions {
  readonly width: number;
  /** How many symbols to write at most. */
  readonly length: number;
}

interface Hypothesis {
  readonly tokens: readonly number[];
  /** The sum of log-probabilities. */
  readonly score: number;
  /** Where its state stands in the batch. */
  readonly row: number;
}

interface Search {
  readonly open: readonly Hypothesis[];
  readonly ended: readonly Hypothesis[];
}

/** For each example of `batch` the tokens that were found, without the end token. */
export async function beamSearch<T>(
  session: Session<T>,
  batch: Batch,
  vocabulary: Vocabulary,
  { width, length }: BeamOptions,
): Promise<readonly (readonly number[])[]> {
  const [feedback, ...others] = session.feedback;
  if (feedback?.prediction.kind !== "token" || others.length > 0)
    throw new UserError("beam search needs a model that feeds back one sequence of tokens");
  const allowed = writable(vocabulary);
  await session.begin(batch, width);
  const count = session.batch / width;
  // All copies of an example are alike at first: one of them is enough.
  let searches = Array.from({ length: count }, (_, example): Search => ({
    open: [{ tokens: [], score: 0, row: example * width }],
    ended: [],
  }));
  for (let step = 0; step < length && searches.some((each) => each.open.length > 0); step++) {
    const results = await session.step(new Map());
    const { data, shape } = results.get(outputOf(feedback.prediction)) ?? fail("beam search", "no logits");
    const size = shape.at(-1) ?? 1;
    const logits = (row: number): ArrayLike<number> => data.subarray(row * size, (row + 1) * size);
    searches = searches.map((search) => extended(search, { logits, allowed, end: vocabulary.end, width }));
    const rows = Array.from({ length: count * width }, (_, row) => row);
    const last = new Int32Array(count * width);
    searches = searches.map(({ open, ended }, example) => ({
      ended,
      open: open.map((hypothesis, index) => {
        const row = example * width + index;
        rows[row] = hypothesis.row;
        last[row] = hypothesis.tokens.at(-1) ?? 0;
        return { ...hypothesis, row };
      }),
    }));
    await session.reorder(rows);
    session.correct(feedback.input.name, { dtype: "int", shape: [last.length], data: last });
  }
  return searches.map(({ open, ended }) => best(ended.length > 0 ? ended : open)?.tokens ?? []);
}

function extended(
  { open, ended }: Search,
  more: {
    readonly logits: (row: number) => ArrayLike<number>;
    readonly allowed: readonly number[];
    readonly end: number | null;
    readonly width: number;
  },
): Search {
  const candidates = open.flatMap(({ tokens, score, row }) =>
    logProbabilities(more.logits(row), more.allowed).map((value, index): Hypothesis => ({
      tokens: [...tokens, more.allowed[index] ?? 0],
      score: score + value,
      row,
    })),
  );
  const kept = candidates.toSorted((a, b) => b.score - a.score).slice(0, more.width);
  const isEnd = ({ tokens }: Hypothesis): boolean => tokens.at(-1) === more.end;
  const nowEnded = [...ended, ...kept.filter(isEnd).map((each) => ({ ...each, tokens: each.tokens.slice(0, -1) }))];
  // A beginning that is no likelier than a whole can only become less likely.
  const least = best(nowEnded)?.score ?? -Infinity;
  return { ended: nowEnded, open: kept.filter((each) => !isEnd(each) && each.score > least) };
}

function best(hypotheses: readonly Hypothesis[]): Hypothesis | undefined {
  return hypotheses.reduce<Hypothesis | undefined>(
    (found, each) => (found === undefined || each.score > found.score ? each : found),
    undefined,
  );
}
