// Sizes in ONNX. Known sizes are constants. The batch and the times are read from the shapes of inputs when the model runs.
import { fail } from "../../base/invariant.ts";
import { constant, constantOf, substitute, symbol, type Dim, type Sizes } from "../../shape/dim.ts";
import { sizeNamed, thinned } from "../../shape/thinned.ts";
import type { Type } from "../../shape/type.ts";
import type { Region } from "./region.ts";

/** An input of the model: its name in ONNX, and its sizes in the order of ONNX's axes. */
export interface SizedInput {
  readonly name: string;
  readonly sizes: readonly Dim[];
}

export class SizeValues {
  readonly #region: Region;
  readonly #known: Sizes;
  readonly #inputs: readonly SizedInput[];
  readonly #symbols = new Map<string, string>();

  /** `region` is the whole model's. */
  constructor(region: Region, known: Sizes, inputs: readonly SizedInput[]) {
    this.#region = region;
    this.#known = known;
    this.#inputs = inputs;
  }

  /** With numbers in place of the sizes that are known. */
  resolved(dim: Dim): Dim {
    return substitute(dim, (name) => {
      const size = sizeNamed(name, this.#known);
      return size === undefined ? undefined : constant(size);
    });
  }

  /** The size as a number; undefined if it depends on what the model is given. */
  number(dim: Dim): number | undefined {
    return constantOf(this.resolved(dim));
  }

  /** An int64 without axes. */
  scalar(dim: Dim): string {
    const number = this.number(dim);
    if (number !== undefined) return this.#region.int64(number);
    const { terms } = this.resolved(dim);
    return terms.map((term) => this.#term(term)).reduce((sum, term) => this.#region.node("Add", [sum, term]));
  }

  /** An int64 vector of sizes. */
  vector(dims: readonly Dim[]): string {
    const numbers = dims.map((dim) => this.number(dim));
    const known = numbers.filter((number) => number !== undefined);
    if (known.length === numbers.length) return this.#region.int64s(known);
    const parts = dims.map((dim, index) => {
      const number = numbers[index];
      if (number !== undefined) return this.#region.int64s([number]);
      return this.#region.node("Unsqueeze", [this.scalar(dim), this.#region.int64s([0])]);
    });
    const [first = fail("onnx", "no sizes"), ...others] = parts;
    return others.length === 0 ? first : this.#region.node("Concat", parts, { axis: 0 });
  }

  shape({ axes }: Type): string {
    return this.vector(axes.map(({ size }) => size));
  }

  /** `c · a^p / b^q`, which is a whole number: the division comes last. */
  #term({ coefficient, powers }: Dim["terms"][number]): string {
    const region = this.#region;
    const [above, below] = fraction(coefficient);
    const factors = (sign: 1 | -1): readonly string[] =>
      powers.flatMap(([name, power]) => Array.from({ length: Math.max(0, sign * power) }, () => this.#symbol(name)));
    const product = (first: number, names: readonly string[]): string | undefined => {
      const all = first === 1 && names.length > 0 ? names : [region.int64(first), ...names];
      return all.length === 1 && first === 1 && names.length === 0
        ? undefined
        : all.reduce((left, right) => region.node("Mul", [left, right]));
    };
    const numerator = product(above, factors(1)) ?? region.int64(1);
    const denominator = product(below, factors(-1));
    return denominator === undefined ? numerator : region.node("Div", [numerator, denominator]);
  }

  #symbol(name: string): string {
    const known = this.#symbols.get(name);
    if (known !== undefined) return known;
    const found = this.#inputs.flatMap(({ name: input, sizes }) =>
      sizes.flatMap((size, axis) => {
        const linear = linearIn(this.resolved(size), name);
        return linear === undefined ? [] : [{ input, axis, ...linear }];
      }),
    )[0];
    const region = this.#region;
    const parts = thinned(name);
    if (parts !== undefined) {
      const last = region.node("Add", [this.scalar(symbol(parts.of)), region.int64(parts.every - 1)]);
      const left = region.node("Div", [last, region.int64(parts.every)]);
      this.#symbols.set(name, left);
      return left;
    }
    if (found === undefined) return fail("onnx", `no input shows the size ${name}`);
    const shape = region.node("Shape", [found.input], { start: found.axis, end: found.axis + 1 });
    let value = region.node("Squeeze", [shape, region.int64s([0])]);
    if (found.plus !== 0) value = region.node("Sub", [value, region.int64(found.plus)]);
    if (found.times !== 1) value = region.node("Div", [value, region.int64(found.times)]);
    this.#symbols.set(name, value);
    return value;
  }
}

/** `dim` as `times · name + plus`; undefined if it is anything else. */
function linearIn({ terms }: Dim, name: string): { readonly times: number; readonly plus: number } | undefined {
  let [times, plus] = [0, 0];
  for (const { coefficient, powers } of terms) {
    const [power, ...others] = powers;
    if (!Number.isInteger(coefficient) || others.length > 0) return undefined;
    if (power === undefined) plus = coefficient;
    else if (power[0] === name && power[1] === 1) times = coefficient;
    else return undefined;
  }
  return times === 0 ? undefined : { times, plus };
}

/** A coefficient as whole numbers above and below the line. */
function fraction(value: number): readonly [number, number] {
  for (let below = 1; below <= 4096; below++) {
    const above = Math.round(value * below);
    if (Math.abs(above / below - value) < 1e-12) return [above, below];
  }
  return fail("onnx", `the coefficient ${value} of a size is not a fraction`);
}
