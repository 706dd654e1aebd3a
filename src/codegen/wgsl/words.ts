// The numbers that a shader reads when it runs: sizes, strides and places. Its text holds none of them, so that other sizes
// compile nothing new; only what is structure (an axis that repeats, one whose elements lie side by side) is part of the text.
import { at } from "../../base/invariant.ts";
import type { View } from "../../kernel/view.ts";

export class Words {
  readonly #values: number[] = [];
  /** Where a view begins, in elements of the memory of its kind. */
  readonly #placeOf: (view: View) => number;

  constructor(placeOf: (view: View) => number) {
    this.#placeOf = placeOf;
  }

  get values(): readonly number[] {
    return this.#values;
  }

  /** An expression that is this number when the shader runs. */
  of(value: number): string {
    const index = this.#values.push(value) - 1;
    return `words[${Math.floor(index / 4)}].${at(["x", "y", "z", "w"], index % 4, "wgsl")}`;
  }

  /** An element's place: coordinates along the first axes of the view; `turn` is the loop's. */
  place(view: View, coordinates: readonly string[]): string {
    const terms = coordinates.flatMap((coordinate, axis) => this.#term(coordinate, at(view.strides, axis, "wgsl")));
    const moving = view.step === 0 ? [] : [`turn * ${this.of(view.step)}`];
    return [this.of(this.#placeOf(view)), ...moving, ...terms].join(" + ");
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
