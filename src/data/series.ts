// Series as rows: a file or an array with a row for each time step becomes examples, whose sequences are windows of its columns. All steps
// are kept in memory.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { dateAfter, DATE_PARTS, readDate } from "./dates.ts";
import type { DataSource } from "./data-source.ts";
import { describeField, type FieldSpec } from "./field.ts";
import { takeField, type SizeBook } from "./field-value.ts";
import { TWICE, type RawRow } from "./raw-row.ts";
import type { FoundRow, RowOrigin, RowRequest, StepCount } from "./row-origin.ts";
import { lastWindows, splitWindows, type SeriesWindow, type WindowForm } from "./series-windows.ts";
import { readSteps, type OneSeries, type SeriesShape, type SeriesSteps, type Step } from "./series-steps.ts";

/** The same data, read as series. */
export function seriesData(source: DataSource, shape: SeriesShape): DataSource {
  return {
    name: source.name,
    layout: "rows",
    rows: (request) => {
      const origin = source.rows();
      try {
        return seriesRows(origin, shape, request ?? fail("data", "a series is read without a request"));
      } finally {
        origin.close();
      }
    },
    text: () => {
      throw new UserError(`${source.name}: this model reads a running text, but a series was given`);
    },
  };
}

function seriesRows(origin: RowOrigin, shape: SeriesShape, request: RowRequest): RowOrigin {
  const steps = readSteps(origin, shape, request.fields);
  const lengths = steps.series.map((each) => each.steps.length);
  refuseUnknownFields(origin, shape, request);
  const form = formOf(origin, shape, request);
  const { training, heldOut, short } = request.isForUse
    ? { training: lastWindows(lengths, rangeOfUse(shape, request)), heldOut: [], short: 0 }
    : splitWindows(lengths, form, request.heldOut);
  const windows = [...training, ...heldOut];
  if (windows.length === 0) throw tooShort(origin, form, Math.max(...lengths));
  const values = new StepValues(origin, shape, steps);
  const rawAt = (index: number): RawRow => {
    const window = windows[index] ?? fail("data", `no window ${index}`);
    return (field) => values.of(field, window, request);
  };
  const lineOf = ({ series, from }: SeriesWindow): number => steps.series[series]?.steps[from]?.line ?? 0;
  return {
    name: origin.name,
    kind: origin.kind,
    columns: null,
    heldOut: heldOut.length,
    about: aboutSeries(steps, short),
    stepsOf: (index, count) => stepNames(steps, shape, windows[index] ?? fail("data", `no window ${index}`), count),
    *all(): Generator<FoundRow> {
      for (const [index, window] of windows.entries())
        yield { offset: index, size: 1, line: lineOf(window), raw: rawAt(index) };
    },
    read: ({ offset }) => rawAt(offset),
    placeOf: (line) => origin.placeOf(line),
    nearPlaceOf: (line) => origin.nearPlaceOf(line),
    close: () => {},
  };
}

/** In use there are no fields of targets. */
function refuseUnknownFields(
  { name }: RowOrigin,
  { columns = {} }: SeriesShape,
  { fields, isForUse }: RowRequest,
): void {
  const other = Object.keys(columns).find((own) => fields.every((field) => field.name !== own));
  if (other === undefined || isForUse) return;
  throw new UserError(`${name}: columns are given for \`${other}\`, but the model has no such input or target`);
}

/** Throws a UserError if `window` or `horizon` is missing, or has no effect. */
function formOf(origin: RowOrigin, { window, horizon }: SeriesShape, { fields, after }: RowRequest): WindowForm {
  const later = fields.find(({ time, isTarget }) => (time === null ? isTarget === true : after.has(time)));
  const ahead = Math.max(
    0,
    ...fields.filter(({ time }) => time !== null && !after.has(time)).flatMap((each) => each.ahead),
  );
  const lies = `\`${later?.name ?? ""}\` lies after the window of the series`;
  if (later !== undefined && window === undefined)
    throw new UserError(`${origin.name}: ${lies}: give the number of steps of the window`);
  if (later !== undefined && later.time !== null && horizon === undefined)
    throw new UserError(`${origin.name}: ${lies}: give the number of its steps as the horizon`);
  if (
    later === undefined &&
    after.size === 0 &&
    horizon !== undefined &&
    fields.some(({ isTarget, ahead: own }) => isTarget === true || own.length > 0)
  )
    throw new UserError(
      `${origin.name}: there is a horizon, but all sequences of this model go along the window: leave the horizon out`,
    );
  return { window: window ?? null, horizon: later === undefined ? 0 : (horizon ?? 1), ahead };
}

/** Inputs after the window must be known when the model is used. A model whose sequences go along the window reads all steps. */
function rangeOfUse(
  { window, horizon }: SeriesShape,
  { fields, after, readsWindow }: RowRequest,
): Parameters<typeof lastWindows>[1] {
  const areKnown = fields.some(({ time }) => time !== null && after.has(time));
  return { window: readsWindow ? (window ?? null) : null, known: areKnown ? (horizon ?? 1) : 0 };
}

function tooShort({ name }: RowOrigin, { window, horizon, ahead }: WindowForm, longest: number): UserError {
  const needed = (window ?? 1) + horizon + ahead;
  return new UserError(
    `${name}: the longest series has ${longest} ${longest === 1 ? "step" : "steps"}, but an example needs ${needed}: give a shorter window or more data`,
  );
}

function aboutSeries({ series, date }: SeriesSteps, short: number): readonly string[] {
  const steps = series.reduce((sum, each) => sum + each.steps.length, 0);
  const all = series.flatMap((each) => each.steps);
  const [first, last] = [all.reduce(earlier, all[0] ?? null), all.reduce(later, all[0] ?? null)];
  const dates = date === null ? "" : `, \`${date}\` from ${first?.date?.text ?? ""} to ${last?.date?.text ?? ""}`;
  return [
    `${series.length} series, ${steps} steps${dates}`,
    ...(short === 0
      ? []
      : [`${short} of the series ${short === 1 ? "is" : "are"} shorter than an example, and left out`]),
  ];
}

function earlier(a: Step | null, b: Step): Step | null {
  return a === null || (b.date?.time ?? 0) < (a.date?.time ?? 0) ? b : a;
}

function later(a: Step | null, b: Step): Step | null {
  return a === null || (b.date?.time ?? 0) > (a.date?.time ?? 0) ? b : a;
}

/** The names of the `count` steps that are predicted: the group, and the date. `count` is the window's own, or lies after it. */
function stepNames(
  { series, date }: SeriesSteps,
  { group }: SeriesShape,
  { series: index, from, end }: SeriesWindow,
  { count, isAfter }: StepCount,
): readonly Readonly<Record<string, string>>[] {
  const own: OneSeries = series[index] ?? fail("data", `no series ${index}`);
  const first = isAfter ? end : from;
  const known = own.steps.slice(0, end).flatMap((step) => (step.date === null ? [] : [step.date]));
  return Array.from({ length: count }, (_, step) => {
    const text = own.steps[first + step]?.date?.text ?? dateAfter(known, first + step - end + 1);
    return {
      ...(group === undefined || own.group === null ? {} : { [group]: own.group }),
      ...(date === null || text === null ? {} : { [date]: text }),
    };
  });
}

/** The values of fields at steps, checked once. */
class StepValues {
  readonly #origin: RowOrigin;
  readonly #shape: SeriesShape;
  readonly #steps: SeriesSteps;
  readonly #known = new Map<string, Map<Step, unknown>>();
  readonly #book: SizeBook = { sizes: new Map(), by: "a step before" };

  constructor(origin: RowOrigin, shape: SeriesShape, steps: SeriesSteps) {
    this.#origin = origin;
    this.#shape = shape;
    this.#steps = steps;
  }

  /** A sequence: its value at each step of the window, or after it. One value: an input at the end of the window, a target after it. */
  of(field: FieldSpec, { series, from, end, after }: SeriesWindow, request: RowRequest): unknown {
    const { steps } = this.#steps.series[series] ?? fail("data", `no series ${series}`);
    const at = (step: Step | undefined): unknown => this.#at(field, step ?? fail("data", "no such step"));
    if (field.time === null) return at(steps[(field.isTarget === true ? after : end) - 1]);
    const [first, last] = request.after.has(field.time) ? [end, after] : [from, end];
    return steps.slice(first, last).map(at);
  }

  #at(field: FieldSpec, step: Step): unknown {
    const known = this.#known.get(field.name) ?? new Map<Step, unknown>();
    this.#known.set(field.name, known);
    if (!known.has(step)) known.set(step, this.#read(field, step));
    return known.get(step);
  }

  /** Throws a UserError with the place of the step for a value that is missing or wrong. */
  #read(field: FieldSpec, step: Step): unknown {
    const place = this.#origin.placeOf(step.line);
    const own: FieldSpec = { ...field, time: null };
    const value = this.#value(own, step, place);
    if (value === undefined || (value === null && field.mayLack !== true))
      throw new UserError(`${place}: \`${field.name}\` is missing: expected ${describeField(own)}`);
    const taken = takeField(own, value, this.#book);
    if (taken.kind === "wrong") throw new UserError(`${place}: ${taken.text}`);
    return value;
  }

  #value(field: FieldSpec, step: Step, place: string): unknown {
    const columns = this.#shape.columns?.[field.name] ?? [field.name];
    const cells = columns.map((column) => this.#cell({ ...field, name: column }, step, place));
    const isVector = field.kind === "number" && field.shape.length === 1;
    const [only] = cells;
    if (cells.length === 1) return isVector && typeof only === "number" ? [only] : only;
    if (!isVector)
      throw new UserError(`\`${field.name}\` gets ${cells.length} columns, but it is ${describeField(field)}`);
    return cells;
  }

  /** A cell of the row; a date as days since 1970, and a part of the date under its name. */
  #cell(field: FieldSpec, { raw, date }: Step, place: string): unknown {
    const scalar: FieldSpec = field.kind === "number" && field.shape.length === 1 ? { ...field, shape: [] } : field;
    const found = raw(scalar);
    if (found === TWICE) throw new UserError(`${place}: \`${field.name}\` is in this row twice`);
    const part = DATE_PARTS.get(field.name);
    if (found === undefined && part !== undefined && date !== null) return part(new Date(date.time));
    if (field.kind !== "number" || typeof found !== "string") return found;
    const day = readDate(found.trim());
    if (day !== null) return day.time / DAY;
    return found.trim().startsWith("[") ? raw(field) : found;
  }
}

const DAY = 24 * 60 * 60 * 1000;
