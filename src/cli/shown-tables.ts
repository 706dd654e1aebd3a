// Values of a trace as tables of numbers, with symbols along their axes.
import type { DrawnTable } from "../draw/heat-map.ts";
import { UserError } from "../base/diagnostic.ts";
import { visibleSymbol } from "./visible-symbol.ts";
import { countOf } from "../ops/nd.ts";
import type { TracedValue } from "../library/types.ts";

/** The symbols of texts, by the inputs that have them. */
export type Symbols = ReadonlyMap<string, readonly string[]>;

/** A row of each table for each element, or place of a memory; a column for each step. Of the first example. */
export function tablesOf(values: readonly TracedValue[], symbols: Symbols, units: number): readonly DrawnTable[] {
  return values.map((value) => tableOf(value, symbols, units));
}

/** The steps of the first example, and the shape of its value at each of them. */
function firstExample({ array, along, isSequence }: TracedValue): {
  readonly steps: number;
  readonly own: readonly number[];
} {
  const shape = array.shape.slice(array.shape.length - along.length);
  return isSequence ? { steps: shape[0] ?? 1, own: shape.slice(1) } : { steps: 1, own: shape };
}

function tableOf(value: TracedValue, symbols: Symbols, units: number): DrawnTable {
  const { name, array, along, isSequence } = value;
  const { steps, own } = firstExample(value);
  const kept = own.length === 1 && along.at(-1) !== null ? countOf(own) : Math.min(units, countOf(own));
  if (steps * kept > MOST)
    throw new UserError(
      `\`${name}\` has ${steps} steps of ${kept} elements, which is too much for a picture: give --units`,
    );
  const labels = (axis: number, count: number): readonly string[] => {
    const known = symbols.get(along[axis] ?? "");
    return Array.from({ length: count }, (_, index) => visibleSymbol(known?.[index] ?? String(index)));
  };
  const rows = isSequence && own.length === 1 ? labels(1, kept) : labels(isSequence ? -1 : 0, kept);
  return {
    title: name,
    rows,
    columns: isSequence ? labels(0, steps) : [""],
    values: Array.from({ length: kept }, (_, element) =>
      Array.from({ length: steps }, (_unused, step) => array.data[step * countOf(own) + element] ?? NaN),
    ),
  };
}

/** The lines of a picture, and the places in each. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/**
 * A table for each step of each value, whose elements are the places of a picture, line by line: attention over the parts of a picture,
 * symbol by symbol. Throws a UserError for a value that has another number of elements.
 */
export function picturesOf(values: readonly TracedValue[], symbols: Symbols, grid: Grid): readonly DrawnTable[] {
  return values.flatMap((value) => {
    const { name, array, along, isSequence } = value;
    const { steps, own } = firstExample(value);
    const places = countOf(own);
    if (places !== grid.rows * grid.columns)
      throw new UserError(
        `\`${name}\` has ${places} elements at a step, which are no picture of ${grid.rows} x ${grid.columns}`,
      );
    const known = isSequence ? symbols.get(along[0] ?? "") : undefined;
    return Array.from({ length: steps }, (_, step) => ({
      title: isSequence ? `${name} at ${visibleSymbol(known?.[step] ?? String(step))}` : name,
      rows: [],
      columns: [],
      values: Array.from({ length: grid.rows }, (_unused, row) => {
        const first = step * places + row * grid.columns;
        return Array.from(array.data.slice(first, first + grid.columns));
      }),
    }));
  });
}

const MOST = 20_000;
