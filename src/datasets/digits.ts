// Handwritten digits (MNIST: LeCun, Bottou, Bengio and Haffner 1998), as 28 rows of 28 pixels or as one row of all pixels. A pixel is from 0 to 1.
import { join } from "node:path";
import { permutation } from "../base/random.ts";
import { UserError } from "../base/diagnostic.ts";
import { readText } from "../files/files.ts";
import type { DataSet } from "./data-set.ts";
import { divide, SEED, shuffled } from "./divide.ts";
import { folderOfPackage } from "./installed.ts";

const PACKAGE = "mnist";
const SIDE = 28;
const PIXELS = SIDE * SIDE;
/** English names of the digits, to learn to write what is in a picture. */
const NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

interface Digit {
  readonly label: string;
  /** Its number: a digit from 0 to 9. */
  readonly value: number;
  /** Row after row. */
  readonly pixels: readonly number[];
}

const COMMON = {
  source: { kind: "package", package: PACKAGE, licence: "MIT", installed: "41 MB" },
  size: "21 MB",
  takes: ["rows", "seed"],
} satisfies Partial<DataSet>;

export const digits: DataSet = {
  ...COMMON,
  name: "digits",
  holds: "10,000 pictures of handwritten digits, row by row, with the digit and its English name (MNIST)",
  fields: ["rows: seq [28]", "digit: label[C]", "name: seq char[V]"],
  make: async ({ rows, seed = SEED }) =>
    divide(
      shuffled(allDigits(), seed).map(({ pixels, label, value }) => ({
        rows: Array.from({ length: SIDE }, (_, row) => pixels.slice(row * SIDE, (row + 1) * SIDE)),
        digit: label,
        name: NAMES[value],
      })),
      rows,
    ),
};

export const pixels: DataSet = {
  ...COMMON,
  name: "pixels",
  holds: "the same digits pixel by pixel: 784 steps",
  fields: ["pixels: seq []", "digit: label[C]"],
  make: async ({ rows, seed = SEED }) =>
    divide(
      shuffled(allDigits(), seed).map((each) => ({ pixels: each.pixels, digit: each.label })),
      rows,
    ),
};

export const permuted: DataSet = {
  ...COMMON,
  name: "permuted",
  holds: "the same digits, their 784 pixels in one random order (Le, Jaitly and Hinton 2015)",
  fields: ["pixels: seq []", "digit: label[C]"],
  make: async ({ rows, seed = SEED }) => {
    const order = [...permutation(PIXELS, seed, "pixels")];
    const all = shuffled(allDigits(), seed).map((each) => ({
      pixels: order.map((place) => each.pixels[place] ?? 0),
      digit: each.label,
    }));
    return divide(all, rows);
  },
};

function allDigits(): readonly Digit[] {
  const folder = folderOfPackage(PACKAGE);
  return NAMES.flatMap((_, value) => {
    const path = join(folder, "src/digits", `${value}.json`);
    const data = pixelsIn(readText(path));
    if (data.length === 0 || data.length % PIXELS !== 0)
      throw new UserError(`${path}: expected pictures of ${PIXELS} pixels each`);
    return Array.from({ length: data.length / PIXELS }, (_unused, index) => ({
      label: String(value),
      value,
      pixels: data.slice(index * PIXELS, (index + 1) * PIXELS),
    }));
  });
}

/** The numbers of `{ "data": [0, 0.2, …] }`; none if it has another form. A schema takes seconds for eight million of them. */
function pixelsIn(text: string): readonly number[] {
  const found: unknown = JSON.parse(text);
  const isObject = typeof found === "object" && found !== null && "data" in found;
  return isObject && isNumbers(found.data) ? found.data : [];
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === "number");
}
