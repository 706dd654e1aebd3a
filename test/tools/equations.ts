// Evaluates the equations that `recurra grad` prints, from their text alone: what a reader would do with a pencil.
// Every value is a matrix: a number is 1 × 1, a vector a column.
import { expect } from "vitest";

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: readonly number[];
}

export type Values = Map<string, Matrix>;

export interface Line {
  readonly target: string;
  readonly adds: boolean;
  readonly text: string;
}

/** The equations among the lines of a text. */
export function linesIn(text: string): readonly Line[] {
  return text.split("\n").flatMap((line) => {
    const [, target, sign, value] = /^(\S+) (\+?=) (.*)$/.exec(line) ?? [];
    return line.startsWith("#") || target === undefined ? [] : [{ target, adds: sign === "+=", text: value ?? "" }];
  });
}

export function matrix(rows: number, columns: number, value: (row: number, column: number) => number): Matrix {
  const data = Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns));
  return { rows, columns, data };
}

export function add(a: Matrix | undefined, b: Matrix): Matrix {
  return a === undefined ? b : elementwise(a, b, (x, y) => x + y);
}

function cell({ columns, data }: Matrix, row: number, column: number): number {
  return data[row * columns + column] ?? expect.fail(`no element ${row}, ${column}`);
}

function elementwise(a: Matrix, b: Matrix, f: (x: number, y: number) => number): Matrix {
  const isNumber = (each: Matrix): boolean => each.data.length === 1;
  const shape = isNumber(a) ? b : a;
  const fits = isNumber(a) || isNumber(b) || (a.rows === b.rows && a.columns === b.columns);
  if (!fits) expect.fail(`${a.rows} × ${a.columns} with ${b.rows} × ${b.columns}`);
  const pick = (each: Matrix, i: number): number => each.data[isNumber(each) ? 0 : i] ?? NaN;
  return { rows: shape.rows, columns: shape.columns, data: shape.data.map((_, i) => f(pick(a, i), pick(b, i))) };
}

function times(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) expect.fail(`${a.rows} × ${a.columns} @ ${b.rows} × ${b.columns}`);
  const inner = Array.from({ length: a.columns }, (_, k) => k);
  return matrix(a.rows, b.columns, (i, j) => inner.reduce((sum, k) => sum + cell(a, i, k) * cell(b, k, j), 0));
}

function turned(a: Matrix): Matrix {
  return matrix(a.columns, a.rows, (i, j) => cell(a, j, i));
}

const number = (value: number): Matrix => matrix(1, 1, () => value);
const total = (a: Matrix): number => a.data.reduce((x, y) => x + y, 0);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const UNARY: Readonly<Record<string, (x: number) => number>> = {
  sigmoid,
  tanh: Math.tanh,
  exp: Math.exp,
  relu: (x) => Math.max(x, 0),
  square: (x) => x * x,
  softplus: (x) => Math.log1p(Math.exp(x)),
};

const CALLS: Readonly<Record<string, (values: readonly Matrix[]) => Matrix>> = {
  max: ([a, b]) => elementwise(given(a), given(b), Math.max),
  sum: ([a]) => number(total(given(a))),
  softmax: ([a]) => {
    const powers = elementwise(given(a), number(0), Math.exp);
    return elementwise(powers, number(total(powers)), (x, y) => x / y);
  },
  concat: (values) =>
    matrix(
      values.reduce((sum, each) => sum + each.rows, 0),
      1,
      (i) => values.flatMap((each) => each.data)[i] ?? NaN,
    ),
  logsoftmax: ([a]) =>
    elementwise(given(a), number(Math.log(total(elementwise(given(a), number(0), Math.exp)))), (x, y) => x - y),
  where: ([condition, a, b]) => (total(given(condition)) === 0 ? given(b) : given(a)),
  eye: ([size]) => matrix(total(given(size)), total(given(size)), (i, j) => Number(i === j)),
};

const SIGNS: Readonly<Record<string, (x: number, y: number) => number>> = {
  "+": (x, y) => x + y,
  "-": (x, y) => x - y,
  "*": (x, y) => x * y,
  "/": (x, y) => x / y,
  ">": (x, y) => Number(x > y),
  ">=": (x, y) => Number(x >= y),
  "<": (x, y) => Number(x < y),
  "<=": (x, y) => Number(x <= y),
};

function given<T>(value: T | undefined): T {
  return value ?? expect.fail("nothing there");
}

const TOKEN =
  /\s*((?:(?!ᵀ)[\p{L}_])(?:(?!ᵀ)[\p{L}\p{N}_.])*(?:\[t-\d+\])?|\d+(?:\.\d+)?(?:e[-+]?\d+)?|[<>]=|[-+*/@^()<>,:ᵀ[\]])/gu;

/** The value of an expression; loosest first: comparison, sum, product, matrix product, sign, power, and what stands alone. */
export function evaluate(text: string, values: Values): Matrix {
  const tokens = [...text.matchAll(TOKEN)].map(([, token = ""]) => token);
  expect(tokens.join(""), "every sign is understood").toBe(text.replace(/\s/g, ""));
  let place = 0;
  const take = (...expected: readonly string[]): string | undefined =>
    expected.includes(tokens[place] ?? "") ? tokens[place++] : undefined;
  const need = (expected: string): void =>
    void (take(expected) ?? expect.fail(`${expected} before ${tokens[place]} in ${text}`));
  const chain = (signs: readonly string[], inner: () => Matrix): Matrix => {
    let value = inner();
    for (let sign = take(...signs); sign !== undefined; sign = take(...signs)) {
      value = sign === "@" ? times(value, inner()) : elementwise(value, inner(), given(SIGNS[sign]));
    }
    return value;
  };
  const comparison = (): Matrix => chain([">", ">=", "<", "<="], sum);
  const sum = (): Matrix => (take("-") === undefined ? chain(["+", "-"], product) : negativeSum());
  const negativeSum = (): Matrix => {
    const first = elementwise(number(0), product(), given(SIGNS["-"]));
    let value = first;
    for (let sign = take("+", "-"); sign !== undefined; sign = take("+", "-"))
      value = elementwise(value, product(), given(SIGNS[sign]));
    return value;
  };
  const product = (): Matrix => chain(["*", "/"], () => chain(["@"], power));
  const power = (): Matrix => {
    const base = suffixed();
    return take("^") === undefined ? base : elementwise(base, suffixed(), (x, y) => x ** y);
  };
  const suffixed = (): Matrix => {
    let value = primary();
    for (let mark = take("ᵀ", "["); mark !== undefined; mark = take("ᵀ", "[")) {
      if (mark === "ᵀ") value = turned(value);
      else {
        const from = total(sum());
        need(":");
        const to = total(sum());
        need("]");
        const before = value;
        value = matrix(to - from, 1, (i) => cell(before, from + i, 0));
      }
    }
    return value;
  };
  const list = (): readonly Matrix[] => {
    const found: Matrix[] = [];
    while (take(")") === undefined) {
      found.push(comparison());
      take(",");
    }
    return found;
  };
  const primary = (): Matrix => {
    const token = tokens[place++] ?? expect.fail(`${text} ends too early`);
    if (token === "(") {
      const value = comparison();
      need(")");
      return value;
    }
    if (/^\d/.test(token)) return number(Number(token));
    if (take("(") === undefined) return values.get(token) ?? expect.fail(`${token} in ${text} is not known`);
    const operands = list();
    const unary = UNARY[token];
    if (unary !== undefined) return elementwise(given(operands[0]), number(0), unary);
    return (CALLS[token] ?? expect.fail(`${token} is no function here`))(operands);
  };
  const value = comparison();
  expect(tokens.slice(place), text).toEqual([]);
  return value;
}
