// Which part of the data is held out where no validation data are given.

/** The share of rows, or of the symbols of a text, that is held out, from the end. */
export const HELD_OUT = 0.1;

/** The first symbol that is held out of a text of `length` symbols. */
export function heldOutFrom(length: number): number {
  return Math.floor(length * (1 - HELD_OUT));
}
