// Numbers as C99 writes them.
import { fail } from "../../base/invariant.ts";

/** Digits that tell any float32 apart from its neighbours. */
const MOST_DIGITS = 9;

/** A float32, exactly: a compiler that reads the text gets the same bits. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "NAN";
  if (!Number.isFinite(value)) return value > 0 ? "INFINITY" : "(-INFINITY)";
  const exact = Math.fround(value);
  if (!Number.isFinite(exact)) return fail("c", `${value} is not a float32`);
  if (Object.is(exact, -0)) return "(-0.0f)";
  const text = shortest(exact);
  return exact < 0 ? `(${text})` : text;
}

/** An element of an array: as `floatText`, without parentheses. */
export function floatItem(value: number): string {
  return floatText(value).replace(/^\((.*)\)$/, "$1");
}

/** A text is read exactly if it is nearer than half of the distance to a neighbour, which is at least 2^-25 of the value. */
function shortest(value: number): string {
  for (let digits = 1; digits < MOST_DIGITS; digits++) {
    const text = value.toPrecision(digits);
    if (Math.abs(Number(text) - value) <= Math.abs(value) * 2 ** -27) return asFloat(text);
  }
  return asFloat(value.toPrecision(MOST_DIGITS));
}

/** `5` is `5.0f`, and `1e-7` is `1e-7f`. */
function asFloat(digits: string): string {
  return /[.e]/.test(digits) ? `${digits}f` : `${digits}.0f`;
}
