// The elements of a task in a slice: those of its own units, or for a narrow value all, which every slice then has. Slice 0 writes narrow
// values to memory, for tasks outside of the loop.
import { at } from "../../base/invariant.ts";
import type { View } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { itemsOf } from "./elements.ts";
import type { Meeting } from "./meeting.ts";
import type { SliceWords } from "./slice-words.ts";
import type { Slices } from "./slices.ts";
import { widthOf } from "./units.ts";
import { type Inner, writesOf } from "./waits.ts";

/** What the text of a slice is made from. */
export interface SliceText {
  readonly slices: Slices;
  readonly words: SliceWords;
  readonly meeting: Meeting;
}

export interface Place {
  /** The index of an element in the row of all units. */
  readonly index: string;
  /** Whether there is such an element: the last slice may have fewer units. */
  readonly isThere: string;
}

/** The slice's own element `c` in a row of all units. */
export function ownPlace(c: string, { units, each }: Pick<Slices, "units" | "each">): Place {
  const unit = `(first + (${c}) % ${each})`;
  return { index: `((${c}) / ${each} * ${units} + ${unit})`, isThere: `${unit} < ${units}` };
}

/** Statements for each of the slice's own elements in rows of `width` elements: at `row` and `rest`. */
export function forOwn({ slices }: Pick<SliceText, "slices">, width: number, code: string): string {
  const own = (width / slices.units) * slices.each;
  const { index, isThere } = ownPlace("c", slices);
  return `for (var item = lane; item < rows * ${own}; item += LANES) {
let c = item % ${own};
if (${isThere}) {
let row = firstRow + item / ${own};
let rest = ${index};
${code}
}
}
`;
}

/** The elements of a task that belong to the slice. */
export function ownItems(task: Inner, text: SliceText): string {
  const { once, code } = itemsOf(task, text.words);
  return forOwn(text, widthOf(task), `${once}${code}`);
}

/** All elements of a task whose results are narrow. */
export function itemsEverywhere(task: Inner, { words }: SliceText): string {
  const { once, code, width } = itemsOf(task, words);
  // A task such as a softmax writes a whole row as one item.
  const columns = widthOf(task) / width;
  const outside = writesOf(task).map((view) => {
    const each = (column: string): string =>
      published(words, view, view.shape.length === 1 ? ["row"] : ["row", column]);
    return Array.from({ length: columns }, (_, column) => each(columns === 1 ? "rest" : String(column))).join("");
  });
  return `for (var item = lane; item < rows * ${width}; item += LANES) {
let row = firstRow + item / ${width};
let rest = item % ${width};
${once}${code}
${outside.join("")}}
`;
}

/** Writes an element of a narrow value to memory, if another task may read it there. */
export function published(words: SliceWords, view: View, coordinates: readonly string[]): string {
  const copy = words.outside(view, coordinates);
  return copy === "" ? "" : `if (workgroup.x == 0u) { ${copy.trimEnd()} }\n`;
}

/** Elements of a narrow result for each example. */
export function columnsOf(view: View): number {
  return countOf(view.shape.slice(1));
}

/** The coordinates of such an element. */
export function coordinatesOf(view: View, column: string): readonly string[] {
  return view.shape.length === 1
    ? ["row"]
    : ["row", ...Array.from({ length: view.shape.length - 2 }, () => "0"), column];
}

/** The element of an operand at `row` and at an index of its row, whatever its axes. */
export function elementInRow(words: SliceWords, view: View, rest: string): string {
  let size = 1;
  const inner: string[] = [];
  for (let axis = view.shape.length - 1; axis > 0; axis--) {
    const own = at(view.shape, axis, "wgsl");
    inner.unshift(axis === 1 ? `(${rest} / ${size})` : `(${rest} / ${size} % ${own})`);
    size *= own;
  }
  return words.element(view, ["row", ...inner]);
}
