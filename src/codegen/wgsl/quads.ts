// Four numbers at once: memory as vectors of four, where a view's elements stand so.
import { at } from "../../base/invariant.ts";
import { type Storage, type View, wholeOf } from "../../kernel/view.ts";
import type { PlaceOf } from "./shader-context.ts";
import type { Words } from "./words.ts";

/** Whether each four elements along an axis, from its first on, are a vector of the memory. */
export function isInQuads(view: View, axis: number, placeOf: PlaceOf): boolean {
  const isWhole = (count: number): boolean => count % 4 === 0;
  return (
    view.storage.kind === "float32" &&
    view.strides[axis] === 1 &&
    isWhole(at(view.shape, axis, "wgsl")) &&
    view.strides.every((stride, other) => other === axis || view.shape[other] === 1 || isWhole(stride)) &&
    isWhole(view.step) &&
    isWhole(placeOf(view))
  );
}

/** Statements that set `name`, a vector, to four elements along an axis from `from` on; elements beyond `count` are 0. */
export interface Four {
  readonly name: string;
  readonly view: View;
  readonly axis: number;
  /** Coordinates along the axes of the view. */
  readonly coordinates: readonly string[];
  /** What must hold for there to be an element besides that there are so many along the axis. */
  readonly isThere: string;
  readonly count: string;
}

/** `asVectors`: whether the memory is bound as vectors. Then the view must be in quads. */
export function readFour(four: Four, asVectors: boolean, words: Words): string {
  const { name, view, axis, coordinates, isThere, count } = four;
  const first = at(coordinates, axis, "wgsl");
  const place = words.place(view, coordinates);
  if (asVectors) return `if (${isThere} && ${first} < ${count}) { ${name} = floats[(${place}) >> 2u]; }\n`;
  const stride = at(view.strides, axis, "wgsl");
  const step = stride === 1 ? "" : ` * ${words.of(stride)}`;
  const each = ["x", "y", "z", "w"].map(
    (part, c) => `if (${first} + ${c} < ${count}) { ${name}.${part} = floats[place + ${c}${step}]; }\n`,
  );
  return `if (${isThere}) {\nlet place = ${place};\n${each.join("")}}\n`;
}

/** The memory for temporary numbers, `[…shape]` from `room` on, as a view, and where it is. */
export function roomFor(
  shape: readonly number[],
  { room, placeOf }: { readonly room: number; readonly placeOf: PlaceOf },
): { readonly view: View; readonly placeOf: PlaceOf } {
  const count = shape.reduce((product, size) => product * size, 1);
  const storage: Storage = { id: -1, kind: "float32", count, role: "temporary", inLoop: false };
  return {
    view: wholeOf(storage, shape),
    placeOf: (view) => (view.storage === storage ? room + view.offset : placeOf(view)),
  };
}
