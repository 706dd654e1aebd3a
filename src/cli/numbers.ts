// Reads numbers of the command line. A wrong number is a wrong call.
import { InvalidArgumentError } from "commander";
import { UserError } from "../base/diagnostic.ts";
import { readUnrolling, type Unrolling } from "../time/unroll-choice.ts";

function parsed(text: string, isRight: (value: number) => boolean, expected: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (isRight(value)) return value;
  throw new InvalidArgumentError(`expected ${expected}.`);
}

export function wholeNumber(text: string): number {
  return parsed(text, (value) => Number.isInteger(value), "a whole number");
}

export function count(text: string): number {
  return parsed(text, (value) => Number.isInteger(value) && value >= 1, "a whole number of at least 1");
}

/** `1,2,5`: whole numbers of at least 1. */
export function counts(text: string): readonly number[] {
  return text.split(",").map(count);
}

export function nonNegative(text: string): number {
  return parsed(text, (value) => Number.isFinite(value) && value >= 0, "a number of at least 0");
}

export function positive(text: string): number {
  return parsed(text, (value) => Number.isFinite(value) && value > 0, "a number above 0");
}

/** `7x7`: lines, and places in each. */
export function gridOption(text: string): { readonly rows: number; readonly columns: number } {
  const [, rows, columns] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (rows === undefined || columns === undefined)
    throw new InvalidArgumentError("expected lines and columns, as in `7x7`.");
  return { rows: count(rows), columns: count(columns) };
}

/** `none`, `full`, `auto` or a number of steps. */
export function unrollingOption(text: string): Unrolling | "auto" {
  try {
    return readUnrolling(text);
  } catch (problem) {
    throw new InvalidArgumentError(problem instanceof UserError ? `${problem.message}.` : String(problem));
  }
}
