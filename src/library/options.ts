// Reads options and arrays by name, once. Unknown names and values of the wrong type are errors, because JavaScript does not check types
// and an ignored mistake is hard to find.
import { UserError } from "../base/diagnostic.ts";
import { refuseUnknown } from "./names.ts";
import { readSafely, describeValue } from "./describe-value.ts";

/** Throws a UserError for a value that an option cannot have. `name` is the option's name in backticks. */
export type Check = (value: unknown, name: string) => void;

/** A check for each option. */
export type Checks<T> = Readonly<Record<keyof T, Check>>;

/** The options of the call `called`. Throws a UserError for a value that is not an object, an unknown option, a value of the wrong type. */
export function readOptions<T extends object>(given: T, checks: Checks<T>, called: string): T {
  const all = new Map<string, Check>(Object.entries<Check>(checks));
  const known = [...all.keys()];
  const example = `{ ${known[0] ?? ""}: … }`;
  const copy = readSafely(`the options of \`${called}\``, () => {
    if (!isPlainObject(given))
      throw new UserError(
        `\`${called}\` takes its options as an object, \`${example}\`, but ${describeValue(given)} was given`,
      );
    return { ...given };
  });
  refuseUnknown(Object.keys(copy), known, `\`${called}\` has no option`);
  for (const [name, value] of Object.entries<unknown>(Object(copy)))
    if (value !== undefined) all.get(name)?.(value, `\`${name}\``);
  return copy;
}

/** The entries of an object. `form` shows in messages how it is written. Throws a UserError for a value that is not a plain object. */
export function readEntries<V>(
  given: Readonly<Record<string, V>>,
  label: string,
  form: string,
): ReadonlyMap<string, V> {
  return readSafely(label, () => {
    if (!isPlainObject(given))
      throw new UserError(`${label} must be an object, as \`${form}\`, but ${describeValue(given)} was given`);
    return new Map(Object.entries(given));
  });
}

/** Whether a value is a plain object, as `{ … }`: not an array, a map, a promise, an object of a class. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The error that a value is not what is expected. */
export function wrongValue(label: string, value: unknown, expected: string): UserError {
  return new UserError(`${label} is ${describeValue(value)}, but it must be ${expected}`);
}

/** Whether a value is a whole number that a float holds exactly. */
export function isWhole(value: unknown, minimum = -Infinity): value is number {
  return Number.isSafeInteger(value) && Number(value) >= minimum;
}

export const checkBoolean: Check = (value, name) => {
  if (typeof value !== "boolean") throw wrongValue(name, value, "true or false");
};

export const checkFunction: Check = (value, name) => {
  if (typeof value !== "function") throw wrongValue(name, value, "a function");
};

export const checkText: Check = (value, name) => {
  if (typeof value !== "string") throw wrongValue(name, value, "a text");
};

export const checkSignal: Check = (value, name) => {
  if (!(value instanceof AbortSignal))
    throw wrongValue(name, value, "an AbortSignal, as `new AbortController().signal` or `AbortSignal.timeout(1000)`");
};

/** A check for names of values of the model, as `show` has them. */
export const checkNames: Check = (value, name) => {
  const isList = Array.isArray(value) && value.every((each) => typeof each === "string");
  if (!isList) throw wrongValue(name, value, 'an array of names, such as `["h.f"]`');
};

/** For a value that is checked later, where it is used. */
export const checkedLater: Check = () => {};

export function checkWhole(label: string, minimum?: number): Check {
  const expected = minimum === undefined ? "a whole number" : `a whole number, ${minimum} or more`;
  return (value) => {
    if (!isWhole(value, minimum)) throw wrongValue(label, value, expected);
  };
}

/** A check for a finite number, 0 or more. */
export function checkNotNegative(label: string): Check {
  return (value) => {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return;
    throw wrongValue(label, value, "0 or more");
  };
}
