// The inverse and the exponential of square matrices, in float64 and row-major. They run at compile time, on constants.

/** The inverse by elimination with the largest pivot; undefined if the matrix has none, or none to within rounding. */
export function inverseOf(matrix: Float64Array, n: number): Float64Array | undefined {
  return solve(matrix, identity(n), n);
}

/**
 * The exponential: the series of a 2^s-th of the matrix, squared s times. A norm of at most 1/2 leaves a remainder of the
 * series below 1e-22, so the error is that of rounding in the squarings.
 */
export function exponentialOf(matrix: Float64Array, n: number): Float64Array {
  const squarings = Math.max(0, Math.ceil(Math.log2(norm(matrix, n))) + 1);
  const scaled = matrix.map((value) => value / 2 ** squarings);
  let sum = identity(n);
  for (let k = TERMS; k > 0; k--) {
    const next = product(scaled, sum, n).map((value) => value / k);
    for (let i = 0; i < n; i++) next[i * n + i] = (next[i * n + i] ?? 0) + 1;
    sum = next;
  }
  for (let s = 0; s < squarings; s++) sum = product(sum, sum, n);
  return sum;
}

const TERMS = 16;

/** The greatest sum of magnitudes of a row; 0 of an empty matrix. */
function norm(matrix: Float64Array, n: number): number {
  let greatest = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += Math.abs(matrix[i * n + j] ?? 0);
    greatest = Math.max(greatest, sum);
  }
  return greatest;
}

function identity(n: number): Float64Array {
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) data[i * (n + 1)] = 1;
  return data;
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k] ?? 0;
      for (let j = 0; j < n; j++) out[i * n + j] = (out[i * n + j] ?? 0) + factor * (b[k * n + j] ?? 0);
    }
  return out;
}

/** X with `matrix` X = `right`, by elimination of both. */
function solve(matrix: Float64Array, right: Float64Array, n: number): Float64Array | undefined {
  const [a, x] = [matrix.slice(), right.slice()];
  const least = n * Number.EPSILON * norm(matrix, n);
  const exchange = (rows: Float64Array, i: number, k: number): void => {
    const row = rows.slice(i * n, (i + 1) * n);
    rows.copyWithin(i * n, k * n, (k + 1) * n);
    rows.set(row, k * n);
  };
  const subtract = (rows: Float64Array, i: number, k: number, factor: number): void => {
    for (let j = 0; j < n; j++) rows[i * n + j] = (rows[i * n + j] ?? 0) - factor * (rows[k * n + j] ?? 0);
  };
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k] ?? 0) > Math.abs(a[best * n + k] ?? 0)) best = i;
    for (const rows of [a, x]) if (best !== k) exchange(rows, k, best);
    const pivot = a[k * n + k] ?? 0;
    if (!(Math.abs(pivot) > least)) return undefined;
    for (const rows of [a, x]) for (let j = 0; j < n; j++) rows[k * n + j] = (rows[k * n + j] ?? 0) / pivot;
    for (let i = 0; i < n; i++) {
      const factor = a[i * n + k] ?? 0;
      if (i !== k && factor !== 0) for (const rows of [a, x]) subtract(rows, i, k, factor);
    }
  }
  return x;
}
