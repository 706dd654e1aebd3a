// The options of `train` by which rows are read as series.
import { InvalidArgumentError, Option, type Command } from "commander";
import { UserError } from "../base/diagnostic.ts";
import type { SeriesShape } from "../data/series-steps.ts";
import { namesIn } from "./name-list.ts";
import { count } from "./numbers.ts";

export interface SeriesChoice {
  readonly series?: boolean;
  readonly window?: number;
  readonly horizon?: number;
  readonly group?: string;
  readonly date?: string;
  readonly column?: Readonly<Record<string, readonly string[]>>;
}

export function addSeriesOptions(command: Command): Command {
  return command
    .option("--series", "rows are the time steps of series; the end of each series is held out")
    .option("--window <n>", "with --series: the number of steps in an example (default: a whole series)", count)
    .option("--horizon <n>", "with --series: the number of steps after the window that are predicted", count)
    .option("--group <column>", "with --series: the column whose values tell series apart")
    .option("--date <column>", "with --series: the column with the dates (default: the first that is no field)")
    .addOption(
      new Option(
        "--column <field=column>",
        "with --series: the column of a field, or the columns of its numbers: `x=open,close`; may be repeated",
      ).argParser(readColumns),
    );
}

function readColumns(
  text: string,
  before: Readonly<Record<string, readonly string[]>> = {},
): Readonly<Record<string, readonly string[]>> {
  const [, field, columns] = /^\s*([\p{L}][\p{L}\p{N}_]*)\s*=(.+)$/u.exec(text) ?? [];
  if (field === undefined || columns === undefined)
    throw new InvalidArgumentError("expected FIELD=COLUMN, such as x=open or x=open,close.");
  return { ...before, [field]: namesIn(columns) };
}

/** Undefined without `--series`. Throws a UserError if another of the options is given alone. */
export function seriesFrom({ series, window, horizon, group, date, column }: SeriesChoice): SeriesShape | undefined {
  const rest = { window, horizon, group, date, column };
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  if (series === true)
    return Object.fromEntries(given.map(([name, value]) => [name === "column" ? "columns" : name, value]));
  const [first] = given;
  if (first === undefined) return undefined;
  throw new UserError(`--${first[0]} is for rows that are the steps of a series: add --series`);
}
