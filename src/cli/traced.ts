// What `recurra run` prints: the values of equations, step by step, as JSON or as a table; and what it draws.
import type { DrawnQuantity } from "../draw/quantities.ts";
import { countOf } from "../ops/nd.ts";
import { nested } from "../library/written-value.ts";
import type { Trace, TracedValue } from "../library/types.ts";

/** All numbers as nested arrays by name, a line for each name; the last states under `state`. */
export function asJson({ values, state }: Trace): string {
  const lines = values.map(({ name, array }) => `  ${JSON.stringify(name)}: ${JSON.stringify(nested(array))}`);
  const states = Object.entries(state ?? {}).map(([name, array]) => [name, nested(array)] as const);
  if (state !== null) lines.push(`  "state": ${JSON.stringify(Object.fromEntries(states))}`);
  return `{\n${lines.join(",\n")}\n}`;
}

/** Steps that stand beside each other. */
const COLUMNS = 8;
/** Lines of one value; the others are counted. */
const MOST_LINES = 16;
/** Characters of a number. */
const WIDTH = 13;
const DIGITS = 6;
/** Numbers below are written with an exponent: six digits would not fit. */
const SMALL = 1e-3;

/** A table for each example: below each equation, a line for each element of its value, with the numbers of all steps. */
export function asTable(trace: Trace): string {
  const examples = Array.from({ length: trace.batch ?? 1 }, (_, example) => {
    const text = tablesOf(trace, example).join("\n\n");
    return trace.batch === null ? text : `Example ${example + 1}\n\n${text}`;
  });
  return examples.join("\n\n");
}

function tablesOf(trace: Trace, example: number): readonly string[] {
  const { values, batch } = trace;
  const found = (value: Value): Found => ({
    ...value,
    shape: value.array.shape.slice((batch === null ? 0 : 1) + (value.isSequence ? 1 : 0)),
    steps: stepsOf(value, batch, example),
  });
  const all = values.map((value) => ({ ...found(value), equation: value.equation ?? value.name }));
  const states = Object.entries(trace.state ?? {}).map(([name, array]) => found({ name, array, isSequence: false }));
  const names = [...all, ...states].flatMap(({ name, shape, steps }) =>
    linesOf(name, shape, steps).map((line) => line.name),
  );
  const width = Math.max(4, ...names.map((name) => name.length));
  const numbers = ({ name, shape, steps }: Found, first: number): string =>
    linesOf(name, shape, steps)
      .map((line) => lineText(line, width, first))
      .join("\n");
  const count = Math.max(1, ...all.flatMap(({ isSequence, steps }) => (isSequence ? [steps.length] : [])));
  const sequences = all.filter(({ isSequence }) => isSequence);
  const tables = Array.from({ length: sequences.length === 0 ? 0 : Math.ceil(count / COLUMNS) }, (_, part) => {
    const first = part * COLUMNS;
    const steps = Array.from({ length: Math.min(COLUMNS, count - first) }, (_unused, step) => first + step);
    return [joined(["step", ...steps], width), ...sequences.map((each) => `${each.equation}\n${numbers(each, first)}`)];
  });
  const single = all.filter(({ isSequence }) => !isSequence);
  const last = ["Last states", ...states.map((each) => numbers(each, 0))].join("\n");
  return [
    ...tables.flat(),
    ...single.map((each) => `${each.equation}\n${numbers(each, 0)}`),
    ...(states.length === 0 ? [] : [last]),
  ];
}

/** A value or state, with the numbers of one example. */
type Value = Pick<TracedValue, "name" | "array" | "isSequence">;
interface Found extends Value {
  /** At one step. */
  readonly shape: readonly number[];
  readonly steps: Steps;
}

/** The elements of one example at each step; one step for a value without steps. */
type Steps = readonly (readonly number[])[];

function stepsOf(
  { array, isSequence }: Pick<TracedValue, "array" | "isSequence">,
  batch: number | null,
  example: number,
): Steps {
  const own = array.data.length / (batch ?? 1);
  const steps = isSequence ? (array.shape[batch === null ? 0 : 1] ?? 0) : 1;
  const size = own / steps;
  return Array.from({ length: steps }, (_, step) => {
    const from = example * own + step * size;
    return Array.from(array.data.subarray(from, from + size));
  });
}

interface Line {
  readonly name: string;
  /** At each step; null for a line that only counts others. */
  readonly numbers: readonly number[] | null;
}

/** `shape`: that of the value at one step. */
function linesOf(name: string, shape: readonly number[], steps: Steps): readonly Line[] {
  const count = countOf(shape);
  if (shape.length === 0) return [{ name, numbers: steps.map(([value = NaN]) => value) }];
  const shown = Array.from({ length: Math.min(count, MOST_LINES) }, (_, element) => ({
    name: `${name}[${placeIn(shape, element).join(", ")}]`,
    numbers: steps.map((elements) => elements[element] ?? NaN),
  }));
  return count > MOST_LINES ? [...shown, { name: `${count - MOST_LINES} more`, numbers: null }] : shown;
}

/** The indices of an element along each axis. */
function placeIn(shape: readonly number[], element: number): readonly number[] {
  return shape.map((size, axis) => Math.floor(element / countOf(shape.slice(axis + 1))) % size);
}

function lineText({ name, numbers }: Line, width: number, first: number): string {
  const shown = numbers?.slice(first, first + COLUMNS) ?? [];
  return joined([name, ...shown.map(digitsOf)], width);
}

function digitsOf(value: number): string {
  if (value === 0 || Math.abs(value) >= SMALL) return String(Number(value.toPrecision(DIGITS)));
  const [digits = "", exponent = ""] = value.toExponential(DIGITS - 1).split("e");
  return `${Number(digits)}e${exponent}`;
}

function joined([name, ...numbers]: readonly (string | number)[], width: number): string {
  return `  ${String(name).padEnd(width)}${numbers.map((value) => String(value).padStart(WIDTH)).join("")}`.trimEnd();
}

/** The sequences of the first example. */
export function drawn({ values, batch }: Trace): readonly DrawnQuantity[] {
  return values.flatMap((value) => (value.isSequence ? [{ name: value.name, steps: stepsOf(value, batch, 0) }] : []));
}
