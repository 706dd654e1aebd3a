// Numbers of 32-bit floats as people write them.

/** The nearest number with the fewest digits that is the same 32-bit float: 0.1, not 0.10000000149011612. It has nine digits at most. */
export function shortNumber(value: number): number {
  if (!Number.isFinite(value) || Number.isInteger(value)) return value;
  const float = Math.fround(value);
  for (let digits = 1; digits < MOST_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return Number(value.toPrecision(MOST_DIGITS));
}

/** So many digits tell all 32-bit floats apart. */
const MOST_DIGITS = 9;
