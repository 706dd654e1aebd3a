// Kernels for a width that is known only when the program runs, as a number of steps: they choose among those of every edge,
// which makes a module some 20 kB larger. Where the width is known, take `gemm(simd, width % 16)` and its like.
import { range } from "../../src/codegen/wasm/arithmetic.ts";
import { gemm } from "../../src/codegen/wasm/gemm.ts";
import { memoize } from "../../src/codegen/wasm/memoize.ts";
import { pack, packTransposed } from "../../src/codegen/wasm/pack.ts";
import { type Simd } from "../../src/codegen/wasm/simd.ts";
import { PANEL } from "../../src/codegen/wasm/tile.ts";
import { call, func, type Func, i32, local, op, ret, when } from "../../src/codegen/wasm/tree.ts";

type Numbers = readonly "i32"[];

/** As `gemm`, for any number of columns. */
export const gemmOfAnyWidth = memoize((simd: Simd) => {
  const names = ["a", "aStride", "b", "c", "cStride", "start", "startStride", "rows", "columns", "depth"];
  return choosing("gemmOfAnyWidth", names, (edge) => gemm(simd, edge));
});

/** As `pack`, for any number of columns. */
export const packOfAnyWidth = memoize(() => choosing("packOfAnyWidth", PACKING, pack));

/** As `packTransposed`, for any number of columns. */
export const packTransposedOfAnyWidth = memoize(() => choosing("packTransposedOfAnyWidth", PACKING, packTransposed));

const PACKING = ["source", "stride", "target", "columns", "depth"];

function choosing(name: string, params: readonly string[], of: (edge: number) => Func<Numbers, "none">) {
  const operands = params.map((each) => local(each, "i32"));
  const edge = op("i32.and", local("columns", "i32"), i32(PANEL - 1));
  const cases = range(PANEL).map((each) => when(op("i32.eq", edge, i32(each)), [call(of(each), ...operands), ret()]));
  return func(name, operands, cases);
}
