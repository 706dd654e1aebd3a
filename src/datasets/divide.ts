// How rows and texts become three parts: the same for the same seed, whatever number of rows is asked for.
import { permutation } from "../base/random.ts";
import type { Parts } from "./data-set.ts";

/** Draws all that is drawn unless the command says otherwise. */
export const SEED = 1;

export function shuffled<T>(values: readonly T[], seed: number): readonly T[] {
  return [...permutation(values.length, seed, "rows")].flatMap((index) => values.slice(index, index + 1));
}

/**
 * The rows that are the first with some label, then the others, each in their order. So the labels of all parts are in the part for
 * training, also in a small one: a label that it lacks would be an error.
 */
export function labelsFirst<T>(rows: readonly T[], labelsOf: (row: T) => readonly string[]): readonly T[] {
  const seen = new Set<string>();
  const isFirst = rows.map((row) => {
    const before = seen.size;
    for (const label of labelsOf(row)) seen.add(label);
    return seen.size > before;
  });
  return [...rows.filter((_, index) => isFirst[index]), ...rows.filter((_, index) => isFirst[index] === false)];
}

/**
 * The last tenth of the rows is for tests, and the tenth before is for validation. `most`: the most rows for training; each of the other
 * parts has a tenth of it at most. A row is in the same part for any `most`.
 */
export function divide(rows: readonly object[], most = Infinity): Parts {
  const tenth = Math.ceil(rows.length / 10);
  const other = heldOut(most);
  return {
    train: rows.slice(0, Math.min(most, rows.length - 2 * tenth)),
    valid: rows.slice(-2 * tenth, -tenth).slice(0, other),
    test: rows.slice(-tenth).slice(0, other),
  };
}

/** How many rows each of the other two parts has beside so many for training. */
export function heldOut(training: number): number {
  return Math.ceil(training / 10);
}

/** The last twentieth of a text is for tests, the twentieth before for validation. Cuts are at line ends. */
export function divideText(text: string): Parts {
  const cut = (share: number): number => text.indexOf("\n", text.length * share) + 1 || text.length;
  const [first, second] = [cut(0.9), cut(0.95)];
  return { train: text.slice(0, first), valid: text.slice(first, second), test: text.slice(second) };
}
