// What a check says: which tensors were compared, how far they are apart, and how far they may be.
import { readOutput, shortPath } from "../graph/border.ts";
import { apart, type Apart } from "../golden/compare.ts";
import type { HostArray } from "../targets/target.ts";
import { shownName } from "../train/outputs.ts";

/** One tensor that two ways computed. */
export interface Compared {
  /** `gradient of h.W`, `output`, `last h`. */
  readonly name: string;
  /** The largest difference, relative to the largest element. NaN if a value is NaN. */
  readonly error: number;
  /** The largest error that counts as equal. */
  readonly limit: number;
  /** The numbers that differ most: of the way that is checked, and of the way that it is checked against. */
  readonly got: number;
  readonly expected: number;
  /** Where they stand in the tensor, as `[2, 0]`; `along a direction` for a derivative. */
  readonly where: string;
}

/** One comparison of two ways to compute the same. */
export interface Check {
  readonly name: string;
  /** Empty if it could not be made. */
  readonly compared: readonly Compared[];
  /** Why it could not be made; null if it was made. */
  readonly skipped: string | null;
}

/** float64, and sums in another order. */
export const EXACT = 1e-10;
/** float32 against float64, as ARCHITECTURE.md ("Numbers") says. */
export const SINGLE = { value: 1e-5, gradient: 1e-4 } as const;

/** `limitOf`: by the name of an output. */
export function comparedAll(
  got: ReadonlyMap<string, HostArray>,
  expected: ReadonlyMap<string, HostArray>,
  limitOf: (output: string) => number,
): readonly Compared[] {
  return [...expected].map(([name, array]) => comparedAs(name, limitOf(name), apart(got.get(name)?.data ?? [], array)));
}

export function comparedAs(output: string, limit: number, { error, place, got, expected }: Apart): Compared {
  return { name: shownOutput(output), error, limit, got, expected, where: `[${place.join(", ")}]` };
}

/** `gradient of h.W`, `last h`, `output`. */
function shownOutput(name: string): string {
  const output = readOutput(name);
  if (output.kind === "gradient") return `gradient of ${shortPath(output.by)}`;
  if (output.kind === "final") return `last ${shortPath(output.path)}`;
  return shownName(name);
}
