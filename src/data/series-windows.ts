// Which steps of a series are one example: windows that begin at every step, split by time into those to train on and those held out.

/** Steps `from` … `end - 1` are the window; steps `end` … `after - 1` lie after it. */
export interface SeriesWindow {
  /** The index of the series. */
  readonly series: number;
  readonly from: number;
  readonly end: number;
  readonly after: number;
}

export interface WindowForm {
  /** The number of steps of a window; null for whole series. */
  readonly window: number | null;
  /** The number of steps that lie after the window. */
  readonly horizon: number;
  /** The number of steps in a window that only its targets `x[t+k]` have. */
  readonly ahead: number;
}

export interface SplitWindows {
  readonly training: readonly SeriesWindow[];
  readonly heldOut: readonly SeriesWindow[];
  /** The number of series that are shorter than an example. */
  readonly short: number;
}

/**
 * `share` of each series, from its end, is held out, and at least one example. Windows to train on end before that. What is predicted of a
 * held-out example lies in the held-out part; only a horizon leaves room for its window to begin earlier. A series that is too short for
 * both is only trained on.
 */
export function splitWindows(lengths: readonly number[], form: WindowForm, share: number): SplitWindows {
  const training: SeriesWindow[] = [];
  const heldOut: SeriesWindow[] = [];
  let short = 0;
  const least = (form.window ?? 1) + form.ahead + form.horizon;
  for (const [series, length] of lengths.entries()) {
    if (length < least) {
      short += 1;
      continue;
    }
    const cut = share === 0 ? length : cutOf(length, form, share);
    const before = cut < least ? length : cut;
    training.push(...windowsIn(series, 0, before, form));
    if (before < length) heldOut.push(...windowsIn(series, heldFrom(before, form), length, form));
  }
  return { training, heldOut, short };
}

/** The first step that is held out. */
function cutOf(length: number, { window, horizon, ahead }: WindowForm, share: number): number {
  const least = horizon > 0 ? horizon : (window ?? 1) + ahead;
  return Math.min(Math.floor(length * (1 - share)), length - least);
}

function heldFrom(cut: number, { window, horizon }: WindowForm): number {
  return horizon > 0 ? cut - (window ?? 0) : cut;
}

function windowsIn(series: number, from: number, to: number, form: WindowForm): readonly SeriesWindow[] {
  const { window, horizon, ahead } = form;
  if (window === null) return [{ series, from, end: to - horizon, after: to }];
  const size = window + ahead;
  return Array.from({ length: Math.max(0, to - from - size - horizon + 1) }, (_, index) => {
    const end = from + index + size;
    return { series, from: from + index, end, after: end + horizon };
  });
}

/** For each series, what a model predicts from: the last window, or all steps, before `horizon` steps whose inputs are known. */
export function lastWindows(
  lengths: readonly number[],
  { window, known }: { readonly window: number | null; readonly known: number },
): readonly SeriesWindow[] {
  return lengths.flatMap((length, series) => {
    const end = length - known;
    const from = window === null ? 0 : end - window;
    return from < 0 || end < 1 ? [] : [{ series, from, end, after: length }];
  });
}
