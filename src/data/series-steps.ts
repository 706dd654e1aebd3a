// The steps of series: rows of a file or of an array, divided by a column and put in the order of their dates.
import { UserError } from "../base/diagnostic.ts";
import { DATE_FORM, DATE_PARTS, readDate, type SeriesDate } from "./dates.ts";
import type { FieldSpec, TokenField } from "./field.ts";
import { TWICE, type RawRow } from "./raw-row.ts";
import type { RowOrigin } from "./row-origin.ts";

/** How rows are read as series. */
export interface SeriesShape {
  /** Steps in a window; without it an example is a whole series. */
  readonly window?: number | undefined;
  /** Steps after the window that are predicted. */
  readonly horizon?: number | undefined;
  /** The column whose values tell series apart. */
  readonly group?: string | undefined;
  /** The column with the dates of steps. Default: the first column of dates that the model does not read. */
  readonly date?: string | undefined;
  /** The columns of a field, if they are not one of its own name. */
  readonly columns?: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface Step {
  readonly raw: RawRow;
  readonly line: number;
  readonly date: SeriesDate | null;
}

export interface OneSeries {
  /** The value of the column `group`; null without one. */
  readonly group: string | null;
  readonly steps: readonly Step[];
}

export interface SeriesSteps {
  readonly series: readonly OneSeries[];
  /** The name of the column of dates, if there is one. */
  readonly date: string | null;
}

/** Throws a UserError for a row that cannot be read, a missing column, a value that is not a date, and two rows of one date. */
export function readSteps(origin: RowOrigin, shape: SeriesShape, fields: readonly FieldSpec[]): SeriesSteps {
  const { columns, name } = origin;
  for (const column of [shape.group, shape.date])
    if (column !== undefined && columns !== null && !columns.includes(column))
      throw new UserError(`${name}: there is no column \`${column}\`; the columns are ${columns.join(", ")}`);
  refuseMissingColumns(origin, shape, fields);
  const rows = [...origin.all()].map(({ raw, line }) => {
    if (typeof raw !== "function") throw new UserError(`${origin.placeOf(line)}: ${raw.text}`);
    return { raw, line };
  });
  if (rows.length === 0) throw new UserError(`${name}: there are no rows in this ${origin.kind}`);
  const read = new Set(fields.flatMap((field) => shape.columns?.[field.name] ?? [field.name]));
  const free = (columns ?? []).filter((column) => !read.has(column) && column !== shape.group);
  const date = shape.date ?? free.find((column) => readDate(textIn(rows[0]?.raw, column)) !== null) ?? null;
  const groups = new Map<string, Step[]>();
  for (const { raw, line } of rows) {
    const place = origin.placeOf(line);
    const group = shape.group === undefined ? "" : textIn(raw, shape.group);
    if (shape.group !== undefined && group === "")
      throw new UserError(`${place}: \`${shape.group}\` is empty, but it tells series apart`);
    const step = { raw, line, date: date === null ? null : dateIn(raw, date, place) };
    const steps = groups.get(group);
    if (steps === undefined) groups.set(group, [step]);
    else steps.push(step);
  }
  const series = [...groups].map(([group, steps]) => ({
    group: shape.group === undefined ? null : group,
    steps: date === null ? steps : inOrder(origin, steps, { date, group, isGrouped: shape.group !== undefined }),
  }));
  return { series, date };
}

function refuseMissingColumns({ columns, name }: RowOrigin, shape: SeriesShape, fields: readonly FieldSpec[]): void {
  if (columns === null) return;
  for (const field of fields)
    for (const column of shape.columns?.[field.name] ?? [field.name])
      if (field.required && !columns.includes(column) && !DATE_PARTS.has(column))
        throw new UserError(
          `${name}:1: there is no column \`${column}\` for \`${field.name}\`; the columns are ${columns.join(", ")}. Say which one it is: \`--column ${field.name}=${columns.at(-1) ?? ""}\`, or \`columns: { ${field.name}: "${columns.at(-1) ?? ""}" }\` in a program`,
        );
}

function dateIn(raw: RawRow, column: string, place: string): SeriesDate {
  const text = textIn(raw, column);
  const date = readDate(text);
  if (date !== null) return date;
  throw new UserError(`${place}: \`${column}\` is ${JSON.stringify(text)}, which is not a date such as ${DATE_FORM}`);
}

function inOrder(
  origin: RowOrigin,
  steps: readonly Step[],
  { date, group, isGrouped }: { readonly date: string; readonly group: string; readonly isGrouped: boolean },
): readonly Step[] {
  const sorted = steps.toSorted((a, b) => (a.date?.time ?? 0) - (b.date?.time ?? 0));
  const twice = sorted.findIndex(({ date: own }, index) => own?.time === sorted[index + 1]?.date?.time);
  const [first, second] = [sorted[twice], sorted[twice + 1]];
  if (first === undefined || second === undefined) return sorted;
  const of = isGrouped ? ` of ${JSON.stringify(group)}` : "";
  const help = isGrouped ? "" : "; if the file has several series, name the column that tells them apart as the group";
  throw new UserError(
    `${origin.placeOf(second.line)}: \`${date}\`${of} is ${second.date?.text ?? ""}, as in ${origin.nearPlaceOf(first.line)}: a series has one row for each date${help}`,
  );
}

/** The value of a column as text; empty if the row does not have it. */
function textIn(raw: RawRow | undefined, column: string): string {
  const value = raw?.(columnField(column));
  if (value === undefined || value === null || value === TWICE) return "";
  return value instanceof Date ? value.toISOString() : String(value).trim();
}

function columnField(name: string): TokenField {
  return {
    kind: "token",
    reading: "label",
    name,
    required: true,
    time: null,
    ahead: [],
    vocabulary: name,
    most: null,
    start: false,
    end: false,
  };
}
