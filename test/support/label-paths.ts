// All alignments of labels with steps, counted one by one in float64: what `by ctc` adds up. For a few steps and labels only.

/** Labels of a path: repetitions are one label, and blanks go. */
export function collapsed(path: readonly number[], blank: number): readonly number[] {
  return path.filter((label, at) => label !== path[at - 1] && label !== blank);
}

/** Every path through steps that each name one of the labels, or the blank as the last. */
export function pathsOf(scores: readonly (readonly number[])[], blank: number): readonly (readonly number[])[] {
  const names = Array.from({ length: blank + 1 }, (_, label) => label);
  return scores.reduce<readonly (readonly number[])[]>(
    (paths) => paths.flatMap((path) => names.map((label) => [...path, label])),
    [[]],
  );
}

/** By its labels, joined with commas: the probability of every sequence of labels. */
export function probabilitiesOf(scores: readonly (readonly number[])[]): ReadonlyMap<string, number> {
  const blank = (scores[0]?.length ?? 1) - 1;
  const shares = scores.map((each) => {
    const sum = each.reduce((all, score) => all + Math.exp(score), 0);
    return each.map((score) => Math.exp(score) / sum);
  });
  const found = new Map<string, number>();
  for (const path of pathsOf(scores, blank)) {
    const key = collapsed(path, blank).join();
    const probability = path.reduce((product, label, step) => product * (shares[step]?.[label] ?? NaN), 1);
    found.set(key, (found.get(key) ?? 0) + probability);
  }
  return found;
}

export function lossByPaths(scores: readonly (readonly number[])[], labels: readonly number[]): number {
  return -Math.log(probabilitiesOf(scores).get(labels.join()) ?? 0);
}
