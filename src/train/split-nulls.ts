// `null` in nested arrays: they are split into numbers, and marks of what is missing.

export type NumberView =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** Numbers in nested arrays, the innermost of which may be typed. All arrays of one depth have equal lengths. */
export type Nested = number | null | NumberView | readonly Nested[];

export interface Split {
  /** With 0 instead of `null`. */
  readonly numbers: Nested;
  /** 1 for each value, and 0 for each `null`; without the value's own axes. */
  readonly marks: Nested;
}

/** Deeper arrays are refused when they are read. */
const MAX_AXES = 16;

/** Splits nested arrays in which `null` replaces whole values of `own` axes. Returns null if there is no `null` in them. */
export function splitNulls(given: unknown, own: number): Split | null {
  if (!isNested(given) || !holdsNull(given, MAX_AXES)) return null;
  const level = Math.max(0, (depthOf(given, own, MAX_AXES) ?? own) - own);
  const filler = fillerAt(given, level) ?? 0;
  return {
    numbers: mapAtLevel(given, level, (value) => (value === null ? filler : value)),
    marks: mapAtLevel(given, level, (value) => (value === null ? 0 : 1)),
  };
}

function isNested(given: unknown): given is Nested {
  return given === null || typeof given === "number" || ArrayBuffer.isView(given) || Array.isArray(given);
}

function isView(value: Nested): value is NumberView {
  return ArrayBuffer.isView(value);
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
