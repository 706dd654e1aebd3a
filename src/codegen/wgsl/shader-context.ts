// What shaders are made for: a device, and where values stand in its memory.
import type { View } from "../../kernel/view.ts";

/** Where a view begins, in elements of the memory of its kind. */
export type PlaceOf = (view: View) => number;

export interface ShaderContext {
  readonly placeOf: PlaceOf;
  /** How many invocations a workgroup may have. */
  readonly most: number;
  /** Where memory begins that a task may use while it runs, of numbers; `grow` is told how much. */
  readonly room: number;
  readonly grow: (count: number) => void;
}
