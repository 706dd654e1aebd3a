// `null` in targets: steps without a target do not count in the loss. The arrays are split into numbers and marks.
import { UserError } from "../base/diagnostic.ts";
import { printInput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { HostArray } from "../targets/target.ts";
import type { Batch } from "../train/source.ts";
import { mayLack } from "../train/row-model.ts";
import { isView, type ArrayInput, type Nested } from "./given.ts";

export interface Split {
  /** With 0 instead of `null`. */
  readonly numbers: ArrayInput;
  /** 1 for each value, and 0 for each `null`; without the value's own axes. */
  readonly marks: Nested;
}

/** Deeper arrays are refused when they are read. */
const MAX_AXES = 16;

/** Splits nested arrays in which `null` replaces whole values of `own` axes. Returns null if there is no `null` in them. */
export function splitNulls(given: ArrayInput, own: number): Split | null {
  if (!isNested(given) || !holdsNull(given, MAX_AXES)) return null;
  const level = Math.max(0, (depthOf(given, own, MAX_AXES) ?? own) - own);
  const filler = fillerAt(given, level) ?? 0;
  return {
    numbers: mapAtLevel(given, level, (value) => (value === null ? filler : value)),
    marks: mapAtLevel(given, level, (value) => (value === null ? 0 : 1)),
  };
}

function isNested(given: ArrayInput): given is Nested {
  return given === null || typeof given === "number" || isView(given) || Array.isArray(given);
}

function isList(value: Nested): value is readonly Nested[] {
  return Array.isArray(value);
}

function holdsNull(value: Nested, deep: number): boolean {
  return value === null || (deep > 0 && isList(value) && value.some((each) => holdsNull(each, deep - 1)));
}

/** The number of axes, or null if it cannot be seen because all values are `null`. */
function depthOf(value: Nested, own: number, deep: number): number | null {
  if (value === null) return own === 0 ? 0 : null;
  if (isView(value)) return 1;
  if (!isList(value) || deep === 0) return 0;
  for (const each of value) {
    const depth = depthOf(each, own, deep - 1);
    if (depth !== null) return depth + 1;
  }
  return null;
}

function mapAtLevel(value: Nested, level: number, map: (value: Nested) => Nested): Nested {
  return level === 0 || !isList(value) ? map(value) : value.map((each) => mapAtLevel(each, level - 1, map));
}

/** Zeros in the shape of the first value that is not `null`. */
function fillerAt(value: Nested, level: number): Nested | null {
  if (level === 0) return value === null ? null : zerosLike(value);
  if (!isList(value)) return null;
  for (const each of value) {
    const found = fillerAt(each, level - 1);
    if (found !== null) return found;
  }
  return null;
}

function zerosLike(value: Nested): Nested {
  if (isView(value)) return Array.from({ length: value.length }, () => 0);
  return isList(value) ? value.map(zerosLike) : 0;
}

/** The name of the marks of a target in a batch. */
function marksOf(target: string): string {
  return printInput({ kind: "labelled", target });
}

/** Whether a batch has marks for a target. */
export function isPartlyLabelled({ arrays }: Batch, program: Program): boolean {
  return program.inputs.some(({ name }) => arrays.has(marksOf(name)));
}

/** The batch with marks for every target that may have missing values. Targets without marks get 1 at every step. */
export function withMarks(batch: Batch, program: Program): Batch {
  const arrays = new Map(batch.arrays);
  for (const input of program.inputs) {
    const array = arrays.get(input.name);
    const marks = marksOf(input.name);
    if (array === undefined || arrays.has(marks) || !mayLack(program, input)) continue;
    const shape = array.shape.slice(0, input.type.axes.filter(({ tag }) => tag !== "plain").length);
    const count = shape.reduce((product, size) => product * size, 1);
    arrays.set(marks, { dtype: "float", shape, data: new Float32Array(count).fill(1) });
  }
  return { ...batch, arrays };
}

/** Throws a UserError if every target of the batch is `null`. */
export function refuseAllNull(program: Program, arrays: ReadonlyMap<string, HostArray>): void {
  const targets = program.predictions.map(({ target }) => target);
  const isNull = (name: string): boolean => arrays.get(marksOf(name))?.data.every((mark) => mark === 0) === true;
  if (targets.length > 0 && targets.every(isNull))
    throw new UserError(
      `there is nothing to learn: \`${targets.join("` and `")}\` is null at every step of this batch`,
    );
}
