// The numbers that a shader reads when it runs: sizes, strides and offsets. Its text holds none of them, so that new sizes need no new
// shader. Only structure (an axis that repeats, or one that is contiguous) is part of the text.
import { at } from "../../base/invariant.ts";
import { rootOf, type Storage, type View } from "../../kernel/view.ts";

/** A word that is an offset in a storage. */
export interface PlaceWord {
  readonly index: number;
  readonly storage: Storage;
}

export class Words {
  readonly #values: number[] = [];
  readonly #places: PlaceWord[] = [];
  /** The offset of a view, in elements of the memory of its kind. */
  readonly #placeOf: (view: View) => number;

  constructor(placeOf: (view: View) => number) {
    this.#placeOf = placeOf;
  }

  get values(): readonly number[] {
    return this.#values;
  }

  /** The words that move with a storage. */
  get places(): readonly PlaceWord[] {
    return this.#places;
  }

  /** An expression for this number, which the shader reads when it runs. */
  of(value: number): string {
    const index = this.#values.push(value) - 1;
    return `words[${Math.floor(index / 4)}].${at(["x", "y", "z", "w"], index % 4, "wgsl")}`;
  }

  /** The offset of an element: `coordinates` along the first axes of the view; the shader's `turn` is that of the loop. */
  place(view: View, coordinates: readonly string[]): string {
    const terms = coordinates.flatMap((coordinate, axis) => this.#term(coordinate, at(view.strides, axis, "wgsl")));
    this.#places.push({ index: this.#values.length, storage: rootOf(view.storage).storage });
    const place = this.of(this.#placeOf(view));
    const moving = view.step === 0 ? [] : [`turn * ${this.of(view.step)}`];
    return [place, ...moving, ...terms].join(" + ");
  }

  #term(coordinate: string, stride: number): readonly string[] {
    if (stride === 0 || coordinate === "0") return [];
    return [stride === 1 ? coordinate : `${coordinate} * ${this.of(stride)}`];
  }

  /** The element there. */
  element(view: View, coordinates: readonly string[]): string {
    return `${memoryOf(view)}[${this.place(view, coordinates)}]`;
  }
}

export function memoryOf(view: View): string {
  return view.storage.kind === "int32" ? "integers" : "floats";
}
