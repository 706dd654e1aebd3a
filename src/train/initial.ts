// Computes initial weights. The same seed and name give the same numbers on every target.
import { UserError } from "../base/diagnostic.ts";
import type { Init } from "../base/init.ts";
import { fillNormal, fillUniform } from "../base/random.ts";
import { evaluateFormula } from "../scalar/formula.ts";
import { isScalar, SCALARS, type ScalarRow } from "../scalar/table.ts";
import { orthonormal } from "./orthogonal.ts";

type Numbers = Float64Array;

interface WeightSpec {
  readonly shape: readonly number[];
  readonly count: number;
  readonly seed: number;
  /** A new name for each random array of the weight. */
  readonly stream: () => string;
}

/**
 * Values for an array of `shape`, row-major. Fan-in is the last axis, fan-out the first (1 for a single axis). Throws a UserError if
 * memory is not enough.
 */
export function initialValues(init: Init, shape: readonly number[], seed: number, name: string): Float64Array {
  let draws = 0;
  const count = shape.reduce((product, size) => product * size, 1);
  try {
    return evaluate(init, { shape, count, seed, stream: () => `${name} ${draws++}` });
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    const gigabytes = Math.ceil((Float64Array.BYTES_PER_ELEMENT * count) / 1e9);
    throw new UserError(
      `there is not enough memory to create the weight \`${name}\`, [${shape.join(", ")}], which needs ${gigabytes} GB: choose smaller sizes`,
    );
  }
}

function evaluate(init: Init, place: WeightSpec): Numbers {
  switch (init.kind) {
    case "number":
      return new Float64Array(place.count).fill(init.value);
    case "binary": {
      const [a, b] = [evaluate(init.left, place), evaluate(init.right, place)];
      return a.map((x, index) => arithmetic(init.op, x, b[index] ?? NaN));
    }
    case "call": {
      const make = SOURCES.get(init.name);
      if (make !== undefined) return make(place, init.args.map(constantOf));
      const compute = functionNamed(init.name);
      const [argument] = init.args;
      if (compute === undefined || argument === undefined)
        throw new UserError(`\`${init.name}\` is not an initial value`);
      return evaluate(argument, place).map(compute);
    }
  }
}

function arithmetic(op: "+" | "-" | "*" | "/", x: number, y: number): number {
  return op === "+" ? x + y : op === "-" ? x - y : op === "*" ? x * y : x / y;
}

/** The number that an initial value of numbers alone is. Throws a UserError for others. */
export function constantOf(init: Init): number {
  if (init.kind === "number") return init.value;
  if (init.kind === "binary") return arithmetic(init.op, constantOf(init.left), constantOf(init.right));
  const compute = functionNamed(init.name);
  const [argument] = init.args;
  if (compute === undefined || argument === undefined) throw new UserError(`\`${init.name}\` is not a number`);
  return compute(constantOf(argument));
}

/** A scalar function of one number, as the table defines it; undefined if there is none of this name. */
function functionNamed(name: string): ((x: number) => number) | undefined {
  // The table has a form for negative numbers, whose last bits differ: weights must start as they always did.
  if (name === "sigmoid") return (x) => 1 / (1 + Math.exp(-x));
  const row: ScalarRow | undefined = isScalar(name) ? SCALARS[name] : undefined;
  if (row?.arity !== 1) return undefined;
  if (row.kind === "primitive") return (x) => row.evaluate(x);
  const formula = row.formula();
  return (x) => evaluateFormula(formula, [x]);
}

function fans(shape: readonly number[]): { readonly into: number; readonly out: number } {
  return { into: Math.max(1, shape.at(-1) ?? 1), out: shape.length < 2 ? 1 : Math.max(1, shape[0] ?? 1) };
}

function uniform({ count, seed, stream }: WeightSpec, low: number, high: number): Numbers {
  const numbers = new Float64Array(count);
  fillUniform(numbers, seed, stream(), 0);
  // In place, because memory may not be enough for a second array.
  for (let i = 0; i < count; i++) numbers[i] = low + (high - low) * (numbers[i] ?? 0);
  return numbers;
}

function normal({ count, seed, stream }: WeightSpec, deviation: number): Numbers {
  const numbers = new Float64Array(count);
  fillNormal(numbers, seed, stream());
  for (let i = 0; i < count; i++) numbers[i] = deviation * (numbers[i] ?? 0);
  return numbers;
}

function orthogonal({ shape, count, seed, stream }: WeightSpec): Numbers {
  const columns = shape.at(-1) ?? 1;
  return orthonormal(columns === 0 ? 0 : count / columns, columns, (numbers) => fillNormal(numbers, seed, stream()));
}

function glorot(place: WeightSpec): Numbers {
  const { into, out } = fans(place.shape);
  const limit = Math.sqrt(6 / (into + out));
  return uniform(place, -limit, limit);
}

function identity({ shape, count }: WeightSpec): Numbers {
  const columns = shape.at(-1) ?? 1;
  const numbers = new Float64Array(count);
  for (let row = 0; row < columns && row * (columns + 1) < count; row++) numbers[row * (columns + 1)] = 1;
  return numbers;
}

const SOURCES: ReadonlyMap<string, (place: WeightSpec, args: readonly number[]) => Numbers> = new Map<
  string,
  (place: WeightSpec, args: readonly number[]) => Numbers
>([
  ["zeros", ({ count }) => new Float64Array(count)],
  ["ones", ({ count }) => new Float64Array(count).fill(1)],
  ["constant", ({ count }, [value = 0]) => new Float64Array(count).fill(value)],
  ["uniform", (place, [low = -1, high = 1]) => uniform(place, low, high)],
  ["normal", (place, [deviation = 1]) => normal(place, deviation)],
  ["glorot", glorot],
  ["he", (place) => normal(place, Math.sqrt(2 / fans(place.shape).into))],
  ["lecun", (place) => normal(place, Math.sqrt(1 / fans(place.shape).into))],
  ["orthogonal", orthogonal],
  ["identity", identity],
]);
