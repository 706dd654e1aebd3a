// One row before it is checked: what stands in each of its fields, wherever it comes from.
import type { FieldSpec } from "./field.ts";

/** Stands for a field that the row has more than once. */
export const TWICE = Symbol("twice");

/** What stands in a field as JSON would give it; undefined where the row lacks it, or `TWICE`. */
export type RawRow = (field: FieldSpec) => unknown;
