// The context of shaders: a device, and the offsets of values in its memory.
import type { View } from "../../kernel/view.ts";
import type { SliceLimits } from "./slices.ts";

/** The offset of a view, in elements of the memory of its kind. */
export type PlaceOf = (view: View) => number;

export interface ShaderContext {
  readonly placeOf: PlaceOf;
  /** The device's limit of invocations in a workgroup. */
  readonly most: number;
  /** The offset of temporary memory for numbers; `grow` reserves an amount of it. */
  readonly room: number;
  readonly grow: (count: number) => void;
  /** What the device allows of loops in slices; null if they are not used. */
  readonly slices: SliceLimits | null;
  /** Reserves words that slices send to each other, and returns the first. */
  readonly exchange: (count: number) => number;
}
