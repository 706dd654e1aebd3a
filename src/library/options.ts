// Options and arrays by name as a user gives them: read once, every name known, every value of its kind. JavaScript does not check types,
// and what is passed over in silence is a mistake that nobody finds.
import { UserError } from "../base/diagnostic.ts";
import { refuseUnknown } from "./names.ts";
import { reading, shown } from "./shown.ts";

/** Throws a UserError for a value that an option may not have; `name` is the option's, in backticks. */
export type Check = (value: unknown, name: string) => void;

/** A check for each option, so that none can be forgotten. */
export type Checks<T> = Readonly<Record<keyof T, Check>>;

/** The options of `called`, read once. Throws a UserError for what is not an object, an option that does not exist, a value of a wrong kind. */
export function checkedOptions<T extends object>(given: T, checks: Checks<T>, called: string): T {
  const all = new Map<string, Check>(Object.entries<Check>(checks));
  const known = [...all.keys()];
  const example = `{ ${known[0] ?? ""}: … }`;
  const copy = reading(`the options of \`${called}\``, () => {
    if (!isPlain(given))
      throw new UserError(
        `\`${called}\` takes its options as an object, \`${example}\`, but ${shown(given)} was given`,
      );
    return { ...given };
  });
  refuseUnknown(Object.keys(copy), known, `\`${called}\` has no option`);
  for (const [name, value] of Object.entries<unknown>(Object(copy)))
    if (value !== undefined) all.get(name)?.(value, `\`${name}\``);
  return copy;
}

/** What stands under its names, read once; `form` shows how it is written. Throws a UserError for what is not a plain object. */
export function entriesOf<V>(given: Readonly<Record<string, V>>, told: string, form: string): ReadonlyMap<string, V> {
  return reading(told, () => {
    if (!isPlain(given))
      throw new UserError(`${told} must be an object, as \`${form}\`, but ${shown(given)} was given`);
    return new Map(Object.entries(given));
  });
}

/** Whether it is an object as `{ … }` makes it: not an array, a map, a promise, an object of a class. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Says what a value must be. */
export function mustBe(told: string, value: unknown, expected: string): UserError {
  return new UserError(`${told} is ${shown(value)}, but it must be ${expected}`);
}

/** Whole numbers that are counted exactly. */
export function isWhole(value: unknown, least = -Infinity): value is number {
  return Number.isSafeInteger(value) && Number(value) >= least;
}

export const aBoolean: Check = (value, name) => {
  if (typeof value !== "boolean") throw mustBe(name, value, "true or false");
};

export const aFunction: Check = (value, name) => {
  if (typeof value !== "function") throw mustBe(name, value, "a function");
};

export const aText: Check = (value, name) => {
  if (typeof value !== "string") throw mustBe(name, value, "a text");
};

export const aSignal: Check = (value, name) => {
  if (!(value instanceof AbortSignal))
    throw mustBe(name, value, "an AbortSignal, as `new AbortController().signal` or `AbortSignal.timeout(1000)`");
};

/** What is checked where it is used, with more knowledge. */
export const checkedLater: Check = () => {};

export function aWhole(told: string, least?: number): Check {
  const expected = least === undefined ? "a whole number" : `a whole number, ${least} or more`;
  return (value) => {
    if (!isWhole(value, least)) throw mustBe(told, value, expected);
  };
}

/** A number that is finite and 0 or more. */
export function notNegative(told: string): Check {
  return (value) => {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return;
    throw mustBe(told, value, "0 or more");
  };
}
