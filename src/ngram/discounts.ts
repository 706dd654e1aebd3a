// How much is taken from the counts of n-grams that occur, for those that do not.

/** What is taken from a count. It is above 0 and below the count, if that is not 0. */
export type Discount = (count: number) => number;

/** Where the counts of counts do not give a discount. Church and Gale (1991) measured about 0.75 on bigrams of 22 million words. */
const USUAL = 0.75;

/** How many n-grams occur once, twice, three times and four times. */
function countsOfCounts(counts: Int32Array): readonly [number, number, number, number] {
  const found: [number, number, number, number] = [0, 0, 0, 0];
  for (const count of counts) if (count >= 1 && count <= 4) found[count - 1] = (found[count - 1] ?? 0) + 1;
  return found;
}

/**
 * The same discount n1 / (n1 + 2 n2) for every count (H. Ney, U. Essen and R. Kneser, "On structuring probabilistic dependences in
 * stochastic language modelling", 1994), where n1 and n2 n-grams occur once and twice; 0.75 if one of them is 0.
 */
export function absoluteDiscount(counts: Int32Array): Discount {
  const [once, twice] = countsOfCounts(counts);
  const value = once > 0 && twice > 0 ? once / (once + 2 * twice) : USUAL;
  return (count) => (count === 0 ? 0 : value);
}

/**
 * Three discounts, for counts of 1, of 2, and of 3 and more (S. F. Chen and J. Goodman, "An empirical study of smoothing techniques for
 * language modeling", 1998, equation 26). The absolute discount where one of n1 to n4 is 0, or a discount is not above 0.
 */
export function modifiedDiscounts(counts: Int32Array): Discount {
  const [n1, n2, n3, n4] = countsOfCounts(counts);
  const y = n1 / (n1 + 2 * n2);
  const [one, two, more] = [1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3];
  const isUsable = Math.min(n1, n2, n3, n4) > 0 && Math.min(one, two, more) > 0;
  if (!isUsable) return absoluteDiscount(counts);
  return (count) => (count >= 3 ? more : ([0, one, two][count] ?? 0));
}
