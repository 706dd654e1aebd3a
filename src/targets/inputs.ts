// What all targets share: checks of the tensors for inputs, and a cache of plans by sizes, within a budget of bytes.
import { UserError } from "../base/diagnostic.ts";
import { countOf } from "../ops/nd.ts";
import type { Sizes } from "../shape/dim.ts";
import type { HostArray } from "./target.ts";

/** Throws a UserError if the shape and the number of elements of an array do not match. */
export function checkCount({ shape, data }: HostArray): void {
  if (countOf(shape) !== data.length) throw new UserError(`${data.length} numbers for the shape [${shape.join(", ")}]`);
}

/**
 * Returns the tensor for an input. Throws a UserError if it is missing, or if its shape or kind is not the one that the sizes of this run
 * give. `type` prints the declared type, for messages.
 */
export function checkedInput<T>(
  { name, type }: { readonly name: string; readonly type: () => string },
  tensor: T | undefined,
  describe: (tensor: T) => { readonly shape: readonly number[]; readonly kind: string },
  expected: { readonly shape: readonly number[]; readonly kind: string },
): T {
  if (tensor === undefined) throw new UserError(`no value for the input \`${name}\`, ${type()}`);
  const { shape, kind } = describe(tensor);
  if (!sameSizes(shape, expected.shape)) {
    throw new UserError(
      `the input \`${name}\` is [${shape.join(", ")}], expected [${expected.shape.join(", ")}], which is ${type()}`,
    );
  }
  if (kind !== expected.kind) throw new UserError(`the input \`${name}\` is ${kind}, expected ${expected.kind}`);
  return tensor;
}

function sameSizes(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** A plan for a set of sizes. */
export interface Kept {
  /** About how many bytes it holds, in all memories together. */
  readonly bytes: number;
  readonly release: () => void;
}

export interface KeptBySizes<P> {
  for(sizes: Sizes): P;
  /** Releases all plans. */
  clear(): void;
  /** Bytes of all plans now. */
  readonly bytes: number;
}

/** The budget for the plans of one graph: enough for several hundred sets of sizes of a model with some thousand operations. */
export const PLANS_BYTES = 64 * 2 ** 20;

/** Sizes as a text, by which plans are found. A map of sizes is not changed once it is used, so its text is made once. */
function keyOfSizes(sizes: Sizes): string {
  const known = keys.get(sizes);
  if (known !== undefined) return known;
  let key = "";
  for (const [name, size] of sizes) key += `${name},${size},`;
  keys.set(sizes, key);
  return key;
}

const keys = new WeakMap<Sizes, string>();

/** A cache of the plans that `make` returns. It drops the least recently used beyond `budget` bytes, but never the latest. */
export function keptBySizes<P extends Kept>(make: (sizes: Sizes) => P, budget = PLANS_BYTES): KeptBySizes<P> {
  const all = new Map<string, P>();
  let bytes = 0;
  let latest = "";
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
    // A map keeps the order of insertion, so the first is the least recently used.
    for (const oldest of all.keys()) {
      if (bytes <= budget || oldest === key) break;
      release(oldest);
    }
    return plan;
  };
  return {
    for: (sizes) => {
      const key = keyOfSizes(sizes);
      const found = all.get(key);
      if (found !== undefined && key === latest) return found;
      latest = key;
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
