// Reads vectors of words that the user gives for a table: a file, or a map from words.
import { UserError } from "../base/diagnostic.ts";
import type { DataSource } from "../data/data-source.ts";
import type { VectorRows } from "../data/data-source.ts";
import { DataFile } from "./data.ts";
import { describeValue, readSafely } from "./describe-value.ts";
import { isView } from "./given.ts";
import { wrongValue } from "./options.ts";
import type { Embeddings } from "./types-training.ts";

/** The vectors of the words of `wanted`, as long as the rows. */
export type VectorsOf = NonNullable<DataSource["vectors"]>;

/** Vectors for one table. */
export interface GivenVectors {
  /** The name of the table, or its beginning; without it, the only table of a vocabulary of words. */
  readonly table?: string;
  /** In messages. */
  readonly name: string;
  readonly vectorsOf: VectorsOf;
}

/** An entry of the option `embeddings`. Throws a UserError for a value that is neither a file nor a map. */
export function readVectors(table: string, given: Embeddings[string]): GivenVectors {
  const label = `\`embeddings["${table}"]\``;
  return readSafely(label, () => {
    if (given instanceof DataFile) {
      const source = DataFile.sourceOf(given);
      return { table, name: source.name, vectorsOf: fileVectors(source) };
    }
    if (!isMap(given)) throw wrongValue(label, given, "a `dataFile`, or a Map from words to vectors");
    return {
      table,
      name: label,
      vectorsOf: (wanted, rows) => readSafely(label, () => mapped(given, wanted, rows, label)),
    };
  });
}

/** Throws a UserError for data that are not a file. */
export function fileVectors(source: DataSource): VectorsOf {
  return (wanted, rows) => {
    if (source.vectors === undefined) throw new UserError(`${source.name}: these data are not a file of vectors`);
    return source.vectors(wanted, rows);
  };
}

type WordMap = ReadonlyMap<string, ArrayLike<number>>;

function isMap(given: unknown): given is WordMap {
  return given instanceof Map;
}

function mapped(
  given: WordMap,
  wanted: ReadonlySet<string>,
  { table, width }: VectorRows,
  label: string,
): ReadonlyMap<string, Float32Array> {
  const words = [...wanted].filter((word) => given.has(word));
  return new Map(
    words.map((word) => {
      const of = `the vector of ${describeValue(word)} in ${label}`;
      const vector: unknown = given.get(word);
      if (!isNumbers(vector)) throw wrongValue(of, vector, "an array of numbers");
      if (vector.length !== width)
        throw new UserError(`${of} has ${vector.length} numbers, but the rows of \`${table}\` have ${width}`);
      const row = Float32Array.from(vector, (value) => (typeof value === "number" ? value : NaN));
      if (row.some((value) => !Number.isFinite(value)))
        throw new UserError(`${of} has a value that is not a finite number`);
      return [word, row];
    }),
  );
}

function isNumbers(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || isView(value);
}
