// What a row says of its op's attributes, so that a graph that is read from text is checked against the op.
import { isDim, isType, printValue } from "../graph/attributes.ts";
import type { Attribute, Attributes } from "../graph/node.ts";
import type { Dim } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";

export interface Form<T extends Attribute> {
  /** With its article, for messages. */
  readonly name: string;
  readonly isOptional?: true;
  readonly fits: (value: Attribute) => value is T;
}

/** A form for each attribute of an op. */
export type Forms<A extends Attributes> = { readonly [K in keyof A]-?: Form<NonNullable<A[K]>> };

export const NUMBER: Form<number> = { name: "a number", fits: (value) => typeof value === "number" };
export const BOOLEAN: Form<boolean> = { name: "true or false", fits: (value) => typeof value === "boolean" };
export const TEXT: Form<string> = { name: "a word", fits: (value) => typeof value === "string" };
export const TYPE: Form<Type> = { name: "a type", fits: isType };
export const SIZE: Form<Dim> = { name: "a size", fits: isDim };
export const NUMBERS: Form<readonly number[]> = {
  name: "a list of numbers",
  fits: (value): value is readonly number[] => Array.isArray(value) && value.every(NUMBER.fits),
};
export const SIZES: Form<readonly Dim[]> = {
  name: "a list of sizes",
  fits: (value): value is readonly Dim[] => Array.isArray(value) && value.every(isDim),
};
export const ONE_SIZE: Form<readonly [Dim]> = {
  name: "a list of one size",
  fits: (value): value is readonly [Dim] => SIZES.fits(value) && value.length === 1,
};
export const TWO_SIZES: Form<readonly [Dim, Dim]> = {
  name: "a list of two sizes",
  fits: (value): value is readonly [Dim, Dim] => SIZES.fits(value) && value.length === 2,
};

export function oneOf<T extends string>(...words: readonly T[]): Form<T> {
  return { name: `one of ${words.join(", ")}`, fits: (value): value is T => words.some((word) => word === value) };
}

export function optional<T extends Attribute>(form: Form<T>): Form<T> {
  return { ...form, isOptional: true };
}

/** Why attributes do not fit the op, or null. */
export function misfitOf(op: string, attributes: Attributes, forms: Forms<Attributes>): string | null {
  for (const key in attributes) {
    const [form, value] = [forms[key], attributes[key] ?? null];
    if (form === undefined) return `\`${op}\` has no attribute \`${key}\``;
    if (!form.fits(value)) return `\`${key}\` of \`${op}\` must be ${form.name}, not ${printValue(value)}`;
  }
  const missing = Object.entries(forms).find(([key, { isOptional }]) => isOptional !== true && !(key in attributes));
  return missing === undefined ? null : `\`${op}\` needs the attribute \`${missing[0]}\`, ${missing[1].name}`;
}
