// Whether to unroll: by the user's choice, or by what is faster on a target.
import { UserError } from "../base/diagnostic.ts";

/** Loops as they are, N steps a turn, or no loops at all. */
export type Unrolling = "none" | "full" | number;

export interface UnrollDecision {
  readonly choice: Unrolling;
  readonly why: string;
}

/** `none`, `full`, `auto` or a number of steps a turn. Throws a UserError for anything else. */
export function readUnrolling(text: string): Unrolling | "auto" {
  if (text === "none" || text === "full" || text === "auto") return text;
  const steps = Number(text);
  if (Number.isInteger(steps) && steps >= 1) return steps === 1 ? "none" : steps;
  throw new UserError(`unroll ${text}: expected none, full, auto, or a number of steps`);
}

/** The length up to which a loop costs more than its body written out. */
const SHORT = 4;

/** How a target runs a loop: as one piece of code, or as the kernels of a step, one after the other. */
export type Loops = "as-one" | "by-kernels";

/** Decides by how the target runs loops, and by the length if it is fixed. */
export function decideUnrolling(loops: Loops, length: number | null): UnrollDecision {
  if (length !== null && length <= SHORT)
    return {
      choice: "full",
      why: `the length is always ${length}: unrolling such a short loop costs nothing more to compile`,
    };
  const same =
    loops === "as-one" ? "the loop itself costs next to nothing there" : "tfjs runs the same kernels either way";
  const price =
    length === null ? "a new length would have to be compiled again" : `its body would be compiled ${length} times`;
  return { choice: "none", why: `${same}, and ${price}` };
}
