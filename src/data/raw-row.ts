// One row before it is checked: the value of each field, from a file or from memory.
import type { FieldSpec } from "./field.ts";

/** The value of a field that the row has more than once. */
export const TWICE = Symbol("twice");

/** The value of a field as JSON has it; undefined if the row does not have the field, or `TWICE`. */
export type RawRow = (field: FieldSpec) => unknown;
