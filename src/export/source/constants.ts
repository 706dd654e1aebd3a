// How constant arrays are written: lists of lists of floats.
import { valueOfFormula } from "../../ops/formula.ts";
import type { Dim } from "../../shape/dim.ts";
import type { OpTable, Surroundings, Words } from "./dialect.ts";
import { atom, list, negative, number, valueOf, type Expression } from "./expression.ts";
import { floats } from "./value.ts";

/** A number, or the module's name of one that Python has no literal for. */
export function numeral(module: string, value: number): Expression {
  if (Number.isNaN(value)) return atom(`${module}.nan`);
  if (Number.isFinite(value)) return number(value);
  return value < 0 ? negative(atom(`${module}.inf`)) : atom(`${module}.inf`);
}

/** How a language writes a number. */
type Numeral = (value: number) => Expression;

/** `numeralOf`: how the language writes numbers, if not as Python does. */
export function constants(
  words: Words,
  numeralOf: Numeral = (value) => numeral(words.module, value),
): Pick<OpTable, "literal" | "formula"> {
  const array = (values: readonly number[], shape: readonly number[], place: Surroundings): ReturnType<typeof floats> =>
    floats(words.array(nested(numeralOf, values, shape), place.device()));
  return {
    literal: (writing) => {
      const { values, dims } = writing.node.attributes;
      return array(values, knownSizes(writing, dims), writing);
    },
    formula: (writing) => {
      const { steps, apply, dims } = writing.node.attributes;
      const { shape, data } = valueOfFormula(steps, apply, knownSizes(writing, dims));
      return array([...data], shape, writing);
    },
  };
}

function knownSizes({ size }: Surroundings, dims: readonly Dim[]): readonly number[] {
  return dims.map((dim) => valueOf(size(dim)));
}

/** Numbers as lists of lists, as an array of this shape is written. */
function nested(numeralOf: Numeral, values: readonly number[], [length, ...inner]: readonly number[]): Expression {
  if (length === undefined) return withPoint(numeralOf, values[0] ?? NaN);
  const each = values.length / length;
  const part = (index: number): readonly number[] => values.slice(index * each, (index + 1) * each);
  return list(Array.from({ length }, (_, index) => nested(numeralOf, part(index), inner)));
}

/** A number as a float, so that an array of it holds floats. */
function withPoint(numeralOf: Numeral, value: number): Expression {
  const text = String(Math.abs(value));
  if (!/^\d+$/.test(text)) return numeralOf(value);
  return value < 0 || Object.is(value, -0) ? negative(atom(`${text}.0`)) : atom(`${text}.0`);
}
