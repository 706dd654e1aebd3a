// What a model has written for one example, in the form of the rows: a text, labels, token ids, or numbers.
import { decode, type Vocabulary } from "../data/vocabulary.ts";
import type { NumberArray } from "./given.ts";

/** A text, or one label for each step; without a vocabulary the numbers as nested arrays. */
export function writtenValue(array: NumberArray, vocabulary: Vocabulary | undefined): unknown {
  if (vocabulary === undefined) return nested(array);
  return vocabulary.kind === "label"
    ? Array.from(array.data, (token) => decode(vocabulary, [token]))
    : decode(vocabulary, array.data);
}

/** The array as nested arrays. */
export function nested({ shape, data }: NumberArray): unknown {
  const [size, ...rest] = shape;
  if (size === undefined) return data[0];
  const width = rest.reduce((product, each) => product * each, 1);
  return Array.from({ length: size }, (_, index) =>
    nested({ shape: rest, data: data.subarray(index * width, (index + 1) * width) }),
  );
}
