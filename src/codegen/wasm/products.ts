// The tiled products as kernels of a program: their arguments are in memory.
import { gemm } from "./gemm.ts";
import { gemmTransposed } from "./gemm-transposed.ts";
import { memoize } from "./memoize.ts";
import { args, word } from "./kernel-arguments.ts";
import { pack, packTransposed } from "./pack.ts";
import type { Simd } from "./simd.ts";
import { call, type Callee, func, when } from "./tree.ts";

/** A kernel that loads the operands of `callee` from memory. */
function fromMemory(callee: Callee<readonly "i32"[], "none">) {
  return func(`${callee.name}.kernel`, [args], [call(callee, ...callee.params.map((_, index) => word(index)))]);
}

/** As `gemm`: a, aStride, b, c, cStride, start, startStride, rows, columns, depth. */
export const gemmKernel = memoize((simd: Simd, edge: number) => fromMemory(gemm(simd, edge)));

/** As `pack` and `packTransposed`: source, stride, target, columns, depth. */
export const packKernel = memoize((edge: number) => fromMemory(pack(edge)));
export const packTransposedKernel = memoize((edge: number) => fromMemory(packTransposed(edge)));

/** As `gemmTransposed`. Does nothing if C has no rows or the sum no terms. */
export const gemmTransposedKernel = memoize((simd: Simd, rowEdge: number, edge: number) => {
  const product: Callee<readonly "i32"[], "none"> = gemmTransposed(simd, rowEdge, edge);
  const [rows, depth] = [word(8), word(10)];
  return func(
    `${product.name}.kernel`,
    [args],
    [when(rows, [when(depth, [call(product, ...product.params.map((_, index) => word(index)))])])],
  );
});
