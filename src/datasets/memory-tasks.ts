// Tasks that need a memory over many steps, with rows that are drawn: the adding problem and the copying of symbols.
import { fillUniform } from "../base/random.ts";
import { UserError } from "../base/diagnostic.ts";
import type { Choices, DataSet, Parts } from "./data-set.ts";
import { heldOut, SEED } from "./divide.ts";

const ROWS = 10_000;

export const adding: DataSet = {
  name: "adding",
  holds: "numbers from 0 to 1, two of them marked, and the sum of these two; 200 steps, or --length",
  fields: ["pairs: seq [2]", "total: []"],
  source: { kind: "drawn", paper: "Hochreiter and Schmidhuber 1997" },
  size: "26 MB",
  takes: ["rows", "seed", "length"],
  make: async (choices) => drawn("adding", choices, 200, addingRow),
};

export const copy: DataSet = {
  name: "copy",
  holds: "ten symbols, to be written again after 100 steps, or --length",
  fields: ["symbols: seq char[V]", "copies: seq char[V]"],
  source: { kind: "drawn", paper: "Hochreiter and Schmidhuber 1997; Arjovsky et al. 2016" },
  size: "3 MB",
  takes: ["rows", "seed", "length"],
  make: async (choices) => drawn("copy", choices, 100, copyRow),
};

/** A row from its length and the random numbers in [0, 1) that it needs, `numbers[i]`. */
type RowMaker = (length: number, numbers: Float64Array) => object;

function drawn(name: string, choices: Choices, usual: number, make: RowMaker): Parts {
  const { rows: training = ROWS, seed = SEED, length = usual } = choices;
  if (length < 2) throw new UserError(`\`${name}\` needs a length of at least 2`);
  const numbers = new Float64Array(length + COPIED);
  const part = (which: string, count: number): readonly object[] =>
    Array.from({ length: count }, (_, row) => {
      fillUniform(numbers, seed, `${name} ${which} ${row}`, 0);
      return make(length, numbers);
    });
  return {
    train: part("train", training),
    valid: part("valid", heldOut(training)),
    test: part("test", heldOut(training)),
  };
}

/** One number of the first half and one of the second are marked. Numbers have four decimals. */
function addingRow(length: number, numbers: Float64Array): object {
  const half = Math.floor(length / 2);
  const [first = 0, second = 0] = numbers;
  const marked = [Math.floor(first * half), half + Math.floor(second * (length - half))];
  const values = Array.from(numbers.subarray(2, length + 2), (number) => Math.round(number * 1e4) / 1e4);
  const total = marked.reduce((sum, step) => sum + (values[step] ?? 0), 0);
  return {
    pairs: values.map((value, step) => [value, marked.includes(step) ? 1 : 0]),
    total: Math.round(total * 1e4) / 1e4,
  };
}

const SYMBOLS = "abcdefgh";
/** How many are copied. A row of either task needs no more random numbers than its length and this. */
const COPIED = 10;
const BLANK = "_";
/** Says that the copying begins. */
const GO = ":";

/** `length` steps lie between the last symbol and the first copy: blanks, then the sign to begin. */
function copyRow(length: number, numbers: Float64Array): object {
  const symbols = Array.from(numbers.subarray(0, COPIED), (number) => SYMBOLS[Math.floor(number * SYMBOLS.length)]);
  const text = symbols.join("");
  return {
    symbols: text + BLANK.repeat(length - 1) + GO + BLANK.repeat(COPIED),
    copies: BLANK.repeat(length + COPIED) + text,
  };
}
