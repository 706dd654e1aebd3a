// Products in generated WebAssembly against a loop in float64. Values are multiples of 1/16 of at most 1, so that float32 has no
// rounding to do and both must be equal in every bit.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gemmOfAnyWidth, packOfAnyWidth, packTransposedOfAnyWidth } from "../support/any-width.ts";
import { gemmTransposed, transposedScratchBytes } from "../../src/codegen/wasm/gemm-transposed.ts";
import { packedBytes } from "../../src/codegen/wasm/pack.ts";
import { running, SIMDS, type Running } from "../support/wasm.ts";

/** What the sums begin with. */
type Start = "zeros" | "bias" | "itself" | "matrix";

interface Case {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Floats between the end of a row and the next. */
  readonly gap: number;
  readonly start: Start;
  readonly seed: number;
}

/** Around the sizes of tiles (2, 3, 4 rows; 4, 8, 12, 16 columns) and blocks (64 rows, 128 steps). */
const size = fc.oneof(fc.integer({ min: 0, max: 36 }), fc.constantFrom(1, 16, 63, 64, 65, 127, 128, 129, 257));
const cases: fc.Arbitrary<Case> = fc.record({
  rows: size,
  columns: size,
  depth: size,
  gap: fc.integer({ min: 0, max: 5 }),
  start: fc.constantFrom<Start>("zeros", "bias", "itself", "matrix"),
  seed: fc.integer(),
});
const edges: readonly (readonly [number, number, number])[] = [
  [0, 5, 3],
  [5, 0, 3],
  [5, 18, 0],
  [1, 1, 1],
  [1, 16, 40],
  [64, 96, 30],
  [131, 33, 129],
];
const examples = edges.flatMap(([rows, columns, depth]) => {
  return (["zeros", "bias", "itself", "matrix"] as const).map((start): [Case] => {
    return [{ rows, columns, depth, gap: 3, start, seed: 1 }];
  });
});

const UNTOUCHED = 12345;
const PAGES = 40;

interface Matrix {
  readonly at: number;
  readonly stride: number;
  readonly rows: number;
  readonly columns: number;
}

/** Lays matrices one after the other, on addresses that are multiples of 4 only, and fills them. */
function layout({ floats }: Running, gap: number, seed: number) {
  let next = 68;
  let state = seed | 1;
  return (rows: number, columns: number): Matrix => {
    const stride = 4 * (columns + gap);
    const matrix = { at: next, stride, rows, columns };
    next += Math.max(1, rows) * stride + 4;
    floats.fill(UNTOUCHED, matrix.at / 4, next / 4);
    each(matrix, (index) => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      floats[index] = (state >> 27) / 16;
    });
    return matrix;
  };
}

function each(
  { at, stride, rows, columns }: Matrix,
  visit: (index: number, row: number, column: number) => void,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) visit((at + row * stride) / 4 + column, row, column);
  }
}

/** Where a product begins, what it should give for each element of C, and a check of C and the gaps in it. */
function expected(run: Running, test: Case, c: Matrix, place: ReturnType<typeof layout>) {
  const { rows, columns, start } = test;
  const matrix = { zeros: undefined, bias: place(1, columns), itself: c, matrix: place(rows, columns) }[start];
  const stride = start === "bias" ? 0 : (matrix?.stride ?? 0);
  const { floats } = run;
  const wanted = floats.slice(c.at / 4, (c.at + Math.max(1, c.rows) * c.stride) / 4);
  each(c, (index, row, column) => {
    wanted[index - c.at / 4] = matrix === undefined ? 0 : (floats[(matrix.at + row * stride) / 4 + column] ?? NaN);
  });
  const compare = (term: (row: number, column: number, k: number) => number): void => {
    each(c, (index, row, column) => {
      let sum = wanted[index - c.at / 4] ?? NaN;
      for (let k = 0; k < test.depth; k++) sum += term(row, column, k);
      wanted[index - c.at / 4] = sum;
    });
    expect(wanted.findIndex((value, index) => value !== floats[c.at / 4 + index])).toBe(-1);
  };
  return { at: matrix?.at ?? 0, stride, compare };
}

describe.each(SIMDS)("products, %s SIMD", (simd) => {
  test.each(["pack", "packTransposed"] as const)("C = start + A · B with B from %s is exact for any size", (how) => {
    const product = gemmOfAnyWidth(simd);
    const packing = how === "pack" ? packOfAnyWidth() : packTransposedOfAnyWidth();
    const run = running([product, packing], PAGES);
    fc.assert(
      fc.property(cases, (each) => {
        const { rows, columns, depth, gap, seed } = each;
        const place = layout(run, gap, seed);
        const a = place(rows, depth);
        const b = how === "pack" ? place(depth, columns) : place(columns, depth);
        const packed = place(1, packedBytes(depth, columns) / 4);
        const c = place(rows, columns);
        const begin = expected(run, each, c, place);
        run.call(packing, b.at, b.stride, packed.at, columns, depth);
        run.call(product, a.at, a.stride, packed.at, c.at, c.stride, begin.at, begin.stride, rows, columns, depth);
        const { floats } = run;
        begin.compare((row, column, k) => {
          const [p, q] = how === "pack" ? [k, column] : [column, k];
          return (floats[(a.at + row * a.stride) / 4 + k] ?? NaN) * (floats[(b.at + p * b.stride) / 4 + q] ?? NaN);
        });
        expect(floats[packed.at / 4 + packed.columns]).toBe(UNTOUCHED);
      }),
      { numRuns: 300, seed: 7, examples },
    );
  });

  test("C = start + Aᵀ · B is exact for any size", () => {
    fc.assert(
      fc.property(cases, (each) => {
        const { rows, columns, depth, gap, seed } = each;
        const product = gemmTransposed(simd, rows % 16, columns % 16);
        const run = running([product], PAGES);
        const place = layout(run, gap, seed);
        const a = place(depth, rows);
        const b = place(depth, columns);
        const scratch = place(1, transposedScratchBytes(rows) / 4);
        const c = place(rows, columns);
        const begin = expected(run, each, c, place);
        run.call(
          product,
          a.at,
          a.stride,
          b.at,
          b.stride,
          c.at,
          c.stride,
          begin.at,
          begin.stride,
          rows,
          columns,
          depth,
          scratch.at,
        );
        const { floats } = run;
        begin.compare((row, column, k) => {
          return (floats[(a.at + k * a.stride) / 4 + row] ?? NaN) * (floats[(b.at + k * b.stride) / 4 + column] ?? NaN);
        });
        expect(floats[scratch.at / 4 + scratch.columns]).toBe(UNTOUCHED);
      }),
      { numRuns: 150, seed: 7, examples },
    );
  });
});
