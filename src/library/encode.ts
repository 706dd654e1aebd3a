// `encode`: rows of data as the arrays of one call. The rows keep their order, and shorter sequences are padded with 0.
import { UserError } from "../base/diagnostic.ts";
import { collate, type RowBatch } from "../data/collate.ts";
import { rowData } from "../data/data-source.ts";
import { RowEncoder } from "../data/encode-row.ts";
import type { FieldSpec } from "../data/field.ts";
import type { PlainRow } from "../data/row-array.ts";
import { Rows } from "../data/rows.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { HostArray } from "../targets/target.ts";
import { refuseUnknownVocabularies } from "../train/row-data.ts";
import { fieldsOf } from "../train/row-model.ts";
import type { KnownData } from "../train/training-data.ts";
import { toBatchFirst } from "./arrays.ts";
import type { Compiled } from "./compiled.ts";
import { readRows } from "./data.ts";
import type { Nested, NumberArray } from "./given.ts";
import type { DataRow, EncodedRows } from "./types-training.ts";

/** Rejects with a UserError for rows that do not fit the model, and for text without a vocabulary. Changes nothing in the model. */
export async function encodeRows<T>(model: Compiled<T>, given: readonly DataRow[]): Promise<EncodedRows> {
  model.checkUsable();
  const { program, known } = model;
  const plain = readRows(given, "rows");
  const fields = fieldsOf(program, "training")
    .filter((field) => isInRows(field, program.inputs, plain))
    .map((field) => withKnownEnd(field, known));
  refuseUnknownVocabularies(fields, known);
  const rows = new Rows(rowData(plain, "rows").rows(), fields, { known });
  const batch = collate(
    Array.from({ length: rows.count }, (_, row) => rows.read(row)),
    {
      fields: rows.fields,
      encoder: new RowEncoder(known.vocabularies),
      sizes: new Map([...known.sizes, ...rows.sizes]),
    },
  );
  const inputs = program.inputs.filter(({ name }) => batch.arrays.has(name));
  return {
    arrays: Object.fromEntries(inputs.map((input) => [input.name, arrayOf(input, batch, fields)])),
    lengths: Object.fromEntries(
      fields.flatMap(({ name, time }) => {
        const lengths = time === null ? undefined : batch.lengths.get(time);
        return lengths === undefined ? [] : [[name, lengths.slice()]];
      }),
    ),
  };
}

/** A running text does not end: its vocabulary has no token for that, and a part of it gets none. */
function withKnownEnd(field: FieldSpec, { vocabularies }: KnownData): FieldSpec {
  const isOpen = field.kind === "token" && vocabularies.get(field.vocabulary)?.end === null;
  return isOpen ? { ...field, end: false } : field;
}

/** Inputs must be in every row. A target may be missing in all of them, because `run` reads none. */
function isInRows({ name }: FieldSpec, inputs: readonly ProgramInput[], rows: readonly PlainRow[]): boolean {
  const input = inputs.find((each) => each.name === name);
  return input?.role !== "target" || rows.some((row) => row.get(name) !== undefined);
}

/** `[B, T, …]` or `[B, …]`. A target with missing values becomes nested arrays, in which `null` marks them. */
function arrayOf(
  { name, type }: ProgramInput,
  { arrays, labelled, lengths }: RowBatch,
  fields: readonly FieldSpec[],
): NumberArray | Nested {
  const array = arrays.get(name);
  if (array === undefined) throw new UserError(`the rows have no \`${name}\``);
  const values = toBatchFirst(array, type, false);
  const marks = labelled.get(name);
  if (marks === undefined) return values;
  const time = fields.find((field) => field.name === name)?.time ?? null;
  const lengthOf = time === null ? undefined : lengths.get(time);
  const isMissing = missingValues(marks, lengthOf);
  return isMissing.includes(true) ? nestedOf(values, isMissing, time === null ? 1 : 2) : values;
}

/** By example and step, in the order of `[B, T]`. Padding is not missing. */
function missingValues({ shape, data }: HostArray, lengths: Int32Array | undefined): readonly boolean[] {
  if (lengths === undefined) return Array.from(data, (mark) => mark === 0);
  const [steps = 1, batch = 1] = shape;
  return Array.from({ length: batch * steps }, (_, index) => {
    const [example, step] = [Math.floor(index / steps), index % steps];
    return step < (lengths[example] ?? 0) && data[step * batch + example] === 0;
  });
}

/** Nested arrays of `values`, with `null` for each missing value. The first `leading` axes are those of `isMissing`. */
function nestedOf({ shape, data }: NumberArray, isMissing: readonly boolean[], leading: number): Nested {
  const width = data.length / isMissing.length;
  const nest = (from: number, depth: number, count: number): Nested => {
    if (depth === leading && isMissing[from / width] === true) return null;
    const size = shape[depth];
    if (size === undefined) return data[from] ?? 0;
    const step = count / size;
    return Array.from({ length: size }, (_, index) => nest(from + index * step, depth + 1, step));
  };
  return nest(0, 0, data.length);
}
