// What every target does with what it is given: an input's tensor is checked, and what was made ready for a set of sizes is kept.
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

export interface KeptBySizes<P> {
  for(sizes: Sizes): P;
  /** Releases all. */
  clear(): void;
}

/** What `make` makes for each set of sizes; the last `count` stay, others are released. */
export function keptBySizes<P extends { readonly release: () => void }>(
  count: number,
  make: (sizes: Sizes) => P,
): KeptBySizes<P> {
  const all = new Map<string, P>();
  const release = (key: string): void => {
    all.get(key)?.release();
    all.delete(key);
  };
  return {
    for: (sizes) => {
      const key = [...sizes].join();
      const found = all.get(key) ?? make(sizes);
      // A map keeps the order of insertion: the first is the one that was longest not used.
      all.delete(key);
      all.set(key, found);
      const [oldest = key] = all.keys();
      if (all.size > count) release(oldest);
      return found;
    },
    clear: () => [...all.keys()].forEach(release),
  };
}
