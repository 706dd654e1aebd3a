// The option `series`: rows of data are the time steps of series.
import { UserError } from "../base/diagnostic.ts";
import type { DataSource } from "../data/data-source.ts";
import { seriesData } from "../data/series.ts";
import type { SeriesShape } from "../data/series-steps.ts";
import { describeValue, readSafely } from "./describe-value.ts";
import { checkText, checkWhole, readEntries, readOptions, wrongValue, type Check, type Checks } from "./options.ts";
import type { SeriesOptions } from "./types-training.ts";

const checkColumns: Check = (value, name) => {
  for (const [field, columns] of readEntries<unknown>(Object(value), name, '{ x: ["open", "close"] }')) {
    const isList = Array.isArray(columns) && columns.length > 0 && columns.every((each) => typeof each === "string");
    if (typeof columns !== "string" && !isList)
      throw wrongValue(`${name}.${field}`, columns, "the name of a column, or an array of names");
  }
};

const OPTIONS: Checks<SeriesOptions> = {
  window: checkWhole("`window`", 1),
  horizon: checkWhole("`horizon`", 1),
  group: checkText,
  date: checkText,
  columns: checkColumns,
};

/** Throws a UserError for a wrong option. */
export function readSeries(given: SeriesOptions | true): SeriesShape {
  if (given === true) return {};
  if (typeof given !== "object" || given === null)
    throw new UserError(
      `\`series\` is ${describeValue(given)}, but it must be true or an object such as \`{ window: 24 }\``,
    );
  const { columns = {}, ...rest } = readOptions(given, OPTIONS, "series");
  const lists = Object.entries(columns).map(([field, of]): [string, readonly string[]] => [
    field,
    typeof of === "string" ? [of] : readSafely("`columns`", () => Array.from(of)),
  ]);
  return { ...rest, ...(lists.length === 0 ? {} : { columns: Object.fromEntries(lists) }) };
}

/** The data as the model was trained to read them. */
export function asTrained(source: DataSource, { series }: { readonly series?: SeriesShape | undefined }): DataSource {
  return series === undefined ? source : seriesData(source, series);
}
