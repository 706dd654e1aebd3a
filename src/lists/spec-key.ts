// A text for each specification of an element-wise kernel; equal ones have the same.
import type { MapSpec } from "../kernel/kernels.ts";

export function specKey(spec: MapSpec): string {
  return JSON.stringify(spec, exactly);
}

/** Distinguishes numbers that JSON writes in the same way: -0, infinities and NaN. */
function exactly(_: string, value: unknown): unknown {
  if (typeof value !== "number") return value;
  return Object.is(value, -0) ? "-0" : Number.isFinite(value) ? value : String(value);
}
