// Puts rows together into arrays of a batch: sequences `[T, B, …]`, padded with zeros to the longest, with the length of each.
import { fail } from "../base/invariant.ts";
import { printInput } from "../graph/border.ts";
import type { HostArray } from "../targets/target.ts";
import type { RowEncoder } from "./encode-row.ts";
import { timesOf, type FieldSpec, type NumberField } from "./field.ts";
import type { FieldValue } from "./field-value.ts";
import type { Row } from "./row-check.ts";

export interface RowBatch {
  /** The number of rows: the batch size, or fewer in the last batch. */
  readonly count: number;
  /** By the field's name: `[T, B, …]` for a sequence, else `[B, …]`. `NAME[t+k]` is a sequence k steps further on. */
  readonly arrays: ReadonlyMap<string, HostArray>;
  /** For fields with missing values, by name: 1 where there is a value, otherwise 0; `[T, B]` or `[B]`. */
  readonly labelled: ReadonlyMap<string, HostArray>;
  /** By time, `[B]`, with end tokens. */
  readonly lengths: ReadonlyMap<string, Int32Array>;
  /** By time: the number of steps of the arrays, at least 1. */
  readonly steps: ReadonlyMap<string, number>;
}

export interface CollateContext {
  readonly fields: readonly FieldSpec[];
  readonly encoder: RowEncoder;
  /** The sizes of named axes. */
  readonly sizes: ReadonlyMap<string, number>;
}

export function collate(rows: readonly Row[], context: CollateContext): RowBatch {
  const arrays = new Map<string, HostArray>();
  const labelled = new Map<string, HostArray>();
  const lengths = new Map<string, Int32Array>();
  const steps = new Map<string, number>();
  const values = new Map(context.fields.map((field) => [field.name, columnOf(field, rows, context)]));
  for (const [time, fields] of timesOf(context.fields)) {
    const [first = fail("data", `no field along ${time}`), ...others] = fields.map(({ name }) => values.get(name));
    if (others.some((other) => other?.steps.some((each, index) => each !== first.steps[index]) === true)) {
      fail("data", `fields along ${time} have different lengths`);
    }
    lengths.set(time, Int32Array.from(first.steps));
    steps.set(
      time,
      first.steps.reduce((longest, each) => Math.max(longest, each), 1),
    );
  }
  for (const field of context.fields) {
    const column = values.get(field.name) ?? fail("data", `no column ${field.name}`);
    const marks: Column | null = field.mayLack === true ? marksOf(field, rows) : null;
    if (field.time === null) {
      arrays.set(field.name, flat(column, rows.length));
      if (marks !== null) labelled.set(field.name, flat(marks, rows.length));
      continue;
    }
    const long = steps.get(field.time) ?? 1;
    if (marks !== null) labelled.set(field.name, timeFirst(marks, long, 0));
    arrays.set(field.name, timeFirst(column, long, 0));
    for (const ahead of field.ahead)
      arrays.set(printInput({ kind: "data", name: field.name, use: "target", ahead }), timeFirst(column, long, ahead));
  }
  return { count: rows.length, arrays, labelled, lengths, steps };
}

/** One field of all rows. */
interface Column {
  readonly dtype: HostArray["dtype"];
  /** The numbers of each row, step by step. */
  readonly values: readonly (readonly number[])[];
  /** The number of steps of each row. */
  readonly steps: readonly number[];
  /** The shape of the value at one step. */
  readonly shape: readonly number[];
}

function columnOf(field: FieldSpec, rows: readonly Row[], { encoder, sizes }: CollateContext): Column {
  const found = rows.map((row) => row.get(field.name) ?? fail("data", `a row lacks ${field.name}`));
  if (field.kind === "token") {
    const values = found.map((value) => encoder.ids(field, value));
    return { dtype: "int", values, steps: values.map((each) => each.length), shape: [] };
  }
  return {
    dtype: "float",
    values: found.map(numbersOf),
    steps: found.map((value) => value.steps),
    shape: shapeOf(field, sizes),
  };
}

/** 1 at each step that has a value. */
function marksOf(field: FieldSpec, rows: readonly Row[]): Column {
  const found = rows.map((row) => row.get(field.name) ?? fail("data", `a row lacks ${field.name}`));
  const values = found.map(({ steps, lacking }) =>
    Array.from({ length: steps }, (_, step) => (lacking?.has(step) === true ? 0 : 1)),
  );
  return { dtype: "float", values, steps: found.map(({ steps }) => steps), shape: [] };
}

function numbersOf(value: FieldValue): readonly number[] {
  return value.kind === "numbers" ? value.numbers : fail("data", `${value.kind} instead of numbers`);
}

function shapeOf({ name, shape }: NumberField, sizes: ReadonlyMap<string, number>): readonly number[] {
  return shape.map((size) =>
    typeof size === "number" ? size : (sizes.get(size) ?? fail("data", `${name} has no size ${size}`)),
  );
}

function room(dtype: HostArray["dtype"], count: number): Int32Array | Float32Array {
  return dtype === "int" ? new Int32Array(count) : new Float32Array(count);
}

/** `[B, …]`. */
function flat({ dtype, values, shape }: Column, batch: number): HostArray {
  const width = shape.reduce((product, size) => product * size, 1);
  const data = room(dtype, batch * width);
  for (const [b, row] of values.entries()) data.set(row, b * width);
  return { dtype, shape: [batch, ...shape], data };
}

/** `[T, B, …]`; step t has the value of step t + `ahead`, or 0 after the end. */
function timeFirst({ dtype, values, shape }: Column, steps: number, ahead: number): HostArray {
  const width = shape.reduce((product, size) => product * size, 1);
  const batch = values.length;
  const data = room(dtype, steps * batch * width);
  for (const [b, row] of values.entries()) {
    for (let from = ahead * width, t = 0; from < row.length; from += width, t++) {
      for (let k = 0; k < width; k++) data[(t * batch + b) * width + k] = row[from + k] ?? 0;
    }
  }
  return { dtype, shape: [steps, batch, ...shape], data };
}
