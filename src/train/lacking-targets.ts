// Checks that rows have targets. The mean over no predictions would be 0, which looks like a perfect loss.
import { appendedTo, timesOf } from "../data/field.ts";
import type { RowPart } from "../data/dataset.ts";
import type { Program } from "../lang/elaborate/program.ts";

/** The reason why no row has a target for one of the predictions; null if each prediction has targets. */
export function findWhyNoTargets({ predictions }: Program, { rows, from, to }: RowPart): string | null {
  for (const [time, fields] of timesOf(rows.fields)) {
    const isEmpty = rows
      .steps(time)
      .subarray(from, to)
      .every((steps) => steps === 0);
    if (isEmpty) return `${fields.map(({ name }) => `\`${name}\``).join(" and ")} has no step in any row`;
  }
  for (const { target, ahead } of predictions) {
    const field = rows.fields.find(({ name }) => name === target);
    const isNull =
      rows.labelled
        .get(target)
        ?.subarray(from, to)
        .every((labels) => labels === 0) === true;
    if (isNull) return `\`${target}\` is null in every row`;
    const time = field?.time ?? null;
    if (time === null || ahead === 0) continue;
    const longest = rows
      .steps(time)
      .subarray(from, to)
      .reduce((most, steps) => Math.max(most, steps), 0);
    if (longest + appendedTo(rows.fields, time) <= ahead)
      return `\`${target}[t+${ahead}]\` lies after the end of every row: the longest has ${longest === 1 ? "1 step" : `${longest} steps`}`;
  }
  return null;
}
