// Greedy decoding of `by ctc`: the labels of the likeliest path. A path names a label or the blank at each step; labels that repeat are one
// label, unless a blank is between them.
import { likeliest } from "./likeliest.ts";

/** The scores of one example: for each of its steps one of each label, and last that of the blank. */
export type LabelScores = readonly ArrayLike<number>[];

/** `allowed`: the labels that may be given; all if absent. */
export function likeliestLabels(scores: LabelScores, allowed?: readonly number[]): readonly number[] {
  const path = scores.map((each) => {
    const blank = each.length - 1;
    return likeliest(each, [...(allowed ?? Array.from({ length: blank }, (_, label) => label)), blank]);
  });
  return path.filter((label, at) => label !== path[at - 1] && label !== (scores[at]?.length ?? 0) - 1);
}

interface Scores {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * Labels `[B, L]` of scores `[B, T, V + 1]`, or `[L]` of `[T, V + 1]`. L is the most labels of an example; behind the others' last label is
 * -1. `lengths`: how many steps each example has; all if absent.
 */
export function labelArray(
  { shape, data }: Scores,
  lengths?: (example: number) => number | undefined,
): { readonly shape: readonly number[]; readonly data: Int32Array } {
  const [steps = 0, size = 1] = shape.slice(-2);
  const batch = shape.length === 2 ? 1 : (shape[0] ?? 0);
  const values = Array.from(data);
  const found = Array.from({ length: batch }, (_, example) =>
    likeliestLabels(
      Array.from({ length: Math.min(steps, lengths?.(example) ?? steps) }, (_unused, step) => {
        const from = (example * steps + step) * size;
        return values.slice(from, from + size);
      }),
    ),
  );
  const most = found.reduce((length, labels) => Math.max(length, labels.length), 0);
  const all = new Int32Array(batch * most).fill(-1);
  found.forEach((labels, example) => all.set(labels, example * most));
  return { shape: shape.length === 2 ? [most] : [batch, most], data: all };
}
