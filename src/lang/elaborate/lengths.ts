// What a mask of the lengths of sequences looks like.
import { invariant } from "../../base/invariant.ts";
import type { Builder } from "../../ops/builder.ts";
import { type Dim } from "../../shape/dim.ts";

export interface MaskForm {
  /** Whether the time is a memory's axis. */
  readonly memory: boolean;
  /** The number of own axes after the time. */
  readonly after?: number;
  /** Last steps that do not count. */
  readonly drop?: number;
}

/** 1 at the steps that `which` names, by the lengths `[B]`; see the op `mask`. */
export function markedBy(
  build: Builder,
  lengths: string | undefined,
  time: Dim,
  form: MaskForm & { readonly which: "real" | "first" | "last" | "moves" },
): string {
  const { which, memory, after = 0, drop = 0 } = form;
  return build.op("mask", lengths === undefined ? [] : [lengths], {
    which,
    dims: [time],
    memory,
    after,
    drop,
  });
}

/** The time along the axis at `position`, with the form of its mask; undefined if that axis is not a time. */
export function timeAt(
  build: Builder,
  value: string,
  position: number,
): { readonly time: Dim; readonly form: MaskForm } | undefined {
  const { axes } = build.type(value);
  const axis = axes[position];
  if (axis === undefined || axis.tag === "plain" || axis.tag === "batch") return undefined;
  const memory = axis.tag === "memory";
  return { time: axis.size, form: { memory, after: memory ? axes.length - position - 1 : 0 } };
}

/** `value` with `filler` where the mask is 0; for tokens the filler is a token. */
export function filledBy(build: Builder, mask: string | undefined, value: string, filler: number): string {
  if (mask === undefined) return value;
  const integer = build.type(value).dtype === "int";
  const other = build.op("constant", [], integer ? { value: filler, integer } : { value: filler });
  const filled = build.op("select", [mask, value, other]);
  // Axes are counted from the right: another one would move that of the time.
  const [before, after] = [value, filled].map((id) => build.type(id).axes.length);
  invariant(before === after, "elaborate", "a mask gives a value an axis that it did not have");
  return filled;
}
