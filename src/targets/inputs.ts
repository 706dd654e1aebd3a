// What every target does with what it is given: an input's tensor is checked, and what was made ready for a set of sizes is kept
// for the next time, as much of it as a budget allows.
import { UserError } from "../base/diagnostic.ts";
import { countOf } from "../ops/nd.ts";
import type { Sizes } from "../shape/dim.ts";
import type { HostArray } from "./target.ts";

/** Throws a UserError where an array has not as many numbers as its shape says. */
export function checkCount({ shape, data }: HostArray): void {
  if (countOf(shape) !== data.length) throw new UserError(`${data.length} numbers for the shape [${shape.join(", ")}]`);
}

/** The tensor for an input, which must have its shape and kind under the sizes of this run; `type` is as its declaration says. */
export function checkedInput<T>(
  { name, type }: { readonly name: string; readonly type: string },
  tensor: T | undefined,
  given: (tensor: T) => { readonly shape: readonly number[]; readonly kind: string },
  expected: { readonly shape: readonly number[]; readonly kind: string },
): T {
  if (tensor === undefined) throw new UserError(`no value for the input \`${name}\`, ${type}`);
  const { shape, kind } = given(tensor);
  if (shape.join() !== expected.shape.join()) {
    throw new UserError(
      `the input \`${name}\` is [${shape.join(", ")}], expected [${expected.shape.join(", ")}], which is ${type}`,
    );
  }
  if (kind !== expected.kind) throw new UserError(`the input \`${name}\` is ${kind}, expected ${expected.kind}`);
  return tensor;
}

/** What was made ready for a set of sizes. */
export interface Kept {
  /** What it keeps in all memories together, in bytes, about. */
  readonly bytes: number;
  readonly release: () => void;
}

export interface KeptBySizes<P> {
  for(sizes: Sizes): P;
  /** Releases all. */
  clear(): void;
  /** What they keep now. */
  readonly bytes: number;
}

/** What the plans of one graph may keep: several hundred sets of sizes of a model with some thousand operations. */
export const PLANS_BYTES = 64 * 2 ** 20;

/** What `make` makes for each set of sizes; the last ones stay as long as they keep `budget` bytes or less, and always the very last. */
export function keptBySizes<P extends Kept>(make: (sizes: Sizes) => P, budget = PLANS_BYTES): KeptBySizes<P> {
  const all = new Map<string, P>();
  let bytes = 0;
  const release = (key: string): void => {
    const plan = all.get(key);
    if (plan === undefined) return;
    all.delete(key);
    bytes -= plan.bytes;
    plan.release();
  };
  const add = (key: string, plan: P): P => {
    all.set(key, plan);
    bytes += plan.bytes;
    // A map keeps the order of insertion: the first is the one that was longest not used.
    for (const oldest of all.keys()) {
      if (bytes <= budget || oldest === key) break;
      release(oldest);
    }
    return plan;
  };
  return {
    for: (sizes) => {
      const key = [...sizes].join();
      const found = all.get(key);
      if (found === undefined) return add(key, make(sizes));
      all.delete(key);
      all.set(key, found);
      return found;
    },
    clear: () => [...all.keys()].forEach(release),
    get bytes() {
      return bytes;
    },
  };
}
