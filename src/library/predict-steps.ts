// `predict` of series: one result for each step, with the names of the step, such as its date.
import type { Rows } from "../data/rows.ts";
import { outputOf, shownOutput } from "../lang/elaborate/predict.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { timeName, timeOf } from "../shape/type.ts";
import { timesAfter } from "../train/row-model.ts";
import type { PredictedRow } from "./types-training.ts";

/** `found`: the predictions for rows of `rows`, of which the first is `from`. What has no time is the same at each step. */
export function bySteps(
  program: Program,
  rows: Rows,
  {
    from,
    found,
    horizon,
  }: { readonly from: number; readonly found: readonly PredictedRow[]; readonly horizon: number },
): readonly PredictedRow[] {
  const { sequences, isAfter } = kindsOf(program);
  return found.flatMap((row, index) => {
    const steps = Math.max(1, ...[...sequences].map((name) => lengthOf(row[name])));
    const count = sequences.size === 0 ? 1 : steps;
    // A single value is that of the last step after the window.
    const names = rows.stepsOf(from + index, { count: sequences.size === 0 ? horizon : count, isAfter }) ?? [];
    return Array.from({ length: count }, (_, step): PredictedRow => {
      const values = Object.entries(row).map(([name, value]) => [
        name,
        sequences.has(name) ? (Array.isArray(value) ? value[step] : undefined) : value,
      ]);
      return { ...names[names.length - count + step], ...Object.fromEntries(values) };
    });
  });
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

/** Which results have a value for each step, and whether what is predicted lies after the window. */
function kindsOf(program: Program): { readonly sequences: ReadonlySet<string>; readonly isAfter: boolean } {
  const { graph, predictions, shown, inputs } = program;
  const after = timesAfter(program);
  const named = [
    ...predictions.map((each) => ({ name: each.name, output: outputOf(each) })),
    ...shown.map((name) => ({ name, output: shownOutput(name) })),
  ];
  const sequences = named.filter(({ output }) => timeOf(graph.output(output).type) !== undefined);
  const isAfter = predictions.some(({ target }) => {
    const type = inputs.find(({ name }) => name === target)?.type;
    const time = type === undefined ? undefined : timeName(type);
    return time === undefined || after.has(time);
  });
  return { sequences: new Set(sequences.map(({ name }) => name)), isAfter };
}
