// The operands of one function: pointers to where its views begin, and their elements by coordinates.
import { at } from "../../base/invariant.ts";
import { rootOf, type Storage, type View } from "../../kernel/view.ts";

/** Where storage is while a program runs. */
export interface Place {
  readonly type: "float" | "int32_t" | "int8_t";
  /** An expression for a pointer that can be followed by `+`, and how many elements behind it the storage begins: 0 if it is left out. */
  readonly pointer: string;
  readonly offset?: number;
  /** Of int8: how many elements a row has, and the pointer to the scales of all rows. */
  readonly rows?: { readonly width: number; readonly scales: string };
}

/** Of storage that is not a part of other storage. */
export type PlaceOf = (storage: Storage) => Place;

/** An element, and the factor by which it is multiplied, if it is stored as int8. */
export interface Element {
  readonly value: string;
  readonly scale?: { readonly text: string; readonly coordinates: readonly string[] };
}

interface Operand {
  readonly name: string;
  readonly view: View;
  readonly isWritten: boolean;
  /** Set when an element is used. An operand that is not used has no place and is not passed. */
  place?: Place;
}

/** A loop moves views on by this variable. */
export const TURN = "turn";

export class Operands {
  readonly #all: readonly Operand[];
  readonly #placeOf: PlaceOf;

  constructor(reads: readonly View[], writes: readonly View[], placeOf: PlaceOf) {
    this.#placeOf = placeOf;
    this.#all = [
      ...reads.map((view, index) => ({ view, name: `a${index}`, isWritten: false })),
      ...writes.map((view, index) => ({ view, name: writes.length === 1 ? "y" : `y${index}`, isWritten: true })),
    ];
  }

  /** An element of operand `index` (those that are written come last), as a value or as what is assigned to. */
  element(index: number, coordinates: readonly string[], view?: View): string {
    const { value, scale } = this.scaled(index, coordinates, view);
    return scale === undefined ? value : `((float)${value} * ${scale.text})`;
  }

  /** As `element`, with the scale by itself. `view`: the operand's elements with other axes. */
  scaled(index: number, coordinates: readonly string[], view?: View): Element {
    const operand = at(this.#all, index, "c");
    const { name } = operand;
    const place = (operand.place ??= this.#placeOf(rootOf(operand.view.storage).storage));
    const { shape, strides } = view ?? operand.view;
    const axes = coordinates.map((text, axis) => ({
      text,
      size: at(shape, axis, "c"),
      stride: at(strides, axis, "c"),
    }));
    const value = `${name}[${sumOf(axes)}]`;
    if (place.rows === undefined) return { value };
    const { width } = place.rows;
    const along = axes.filter(({ stride }) => stride % width === 0 && stride !== 0);
    const within = axes.filter(({ stride }) => stride % width !== 0);
    const first = offsetOf(operand.view) % width;
    const last = within.reduce((sum, { size, stride }) => sum + (size - 1) * stride, first);
    const isInRow = within.every(({ stride }) => stride > 0) && last < width;
    const rows = along.map((axis) => ({ ...axis, stride: axis.stride / width }));
    const row = isInRow ? sumOf(rows) : `(${[sumOf(axes), ...(first === 0 ? [] : [first])].join(" + ")}) / ${width}`;
    return { value, scale: { text: `${name}s[${row}]`, coordinates: (isInRow ? rows : axes).map(({ text }) => text) } };
  }

  /** What the function declares. */
  get parameters(): readonly string[] {
    return this.#used.flatMap(({ name, place, isWritten }) => {
      const restrict = this.#overlaps ? "" : "restrict ";
      return [
        `${isWritten ? "" : "const "}${place.type} *${restrict}${name}`,
        ...(place.rows === undefined ? [] : [`const float *${restrict}${name}s`]),
      ];
    });
  }

  /** What a call passes. */
  get arguments(): readonly string[] {
    return this.#used.flatMap(({ view, place }) => {
      const offset = offsetOf(view);
      const { pointer, offset: first = 0, rows } = place;
      if (rows === undefined) return [moved(pointer, first + offset, view.step)];
      return [moved(pointer, first + offset, 0), moved(rows.scales, Math.floor(offset / rows.width), 0)];
    });
  }

  get #used(): readonly (Operand & { readonly place: Place })[] {
    return this.#all.flatMap((each) => (each.place === undefined ? [] : [{ ...each, place: each.place }]));
  }

  /** Whether something may be read where something is written: of the same storage, or of a state whose next value is written in place. */
  get #overlaps(): boolean {
    const places = (isWritten: boolean): readonly string[] =>
      this.#used
        .filter((each) => each.isWritten === isWritten)
        .map(({ place: { pointer, offset = 0 } }) => `${pointer} + ${offset}`);
    const written = places(true);
    return new Set(written).size < written.length || places(false).some((place) => written.includes(place));
  }
}

function offsetOf({ storage, offset }: View): number {
  return offset + rootOf(storage).offset;
}

function moved(pointer: string, offset: number, step: number): string {
  const turn = step === 0 ? "" : `${step < 0 ? " - " : " + "}${times(TURN, Math.abs(step))}`;
  if (turn === "") return offset === 0 ? pointer : `${pointer} + ${offset}`;
  return `${pointer} + (${offset}${turn})`;
}

function sumOf(axes: readonly { readonly text: string; readonly stride: number }[]): string {
  const terms = axes.flatMap(({ text, stride }) => (stride === 0 || text === "0" ? [] : [times(text, stride)]));
  return terms.length === 0 ? "0" : terms.join(" + ");
}

function times(text: string, factor: number): string {
  return factor === 1 ? text : `${factor} * ${text}`;
}
