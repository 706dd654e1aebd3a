// The kernels of WebAssembly for one kind of vector instructions.
import { argmaxKernel } from "../../codegen/wasm/argmax.ts";
import { transposedScratchBytes } from "../../codegen/wasm/gemm-transposed.ts";
import { mapKernel } from "../../codegen/wasm/map.ts";
import { prefixKernel } from "../../codegen/wasm/prefix.ts";
import { gemmKernel, gemmTransposedKernel, packKernel, packTransposedKernel } from "../../codegen/wasm/products.ts";
import { reduceKernel } from "../../codegen/wasm/reduce.ts";
import type { Simd } from "../../codegen/wasm/simd.ts";
import { smallProductKernel } from "../../codegen/wasm/small-product.ts";
import { softmaxKernel } from "../../codegen/wasm/softmax.ts";
import { PANEL } from "../../codegen/wasm/tile.ts";
import { gatherKernel, onehotKernel, scatterKernel } from "../../codegen/wasm/token.ts";
import type { Func } from "../../codegen/wasm/tree.ts";
import type { Kernels, MapSpec } from "../../kernel/kernels.ts";
import { specKey } from "../../lists/spec-key.ts";

/** Element-wise kernels by their specification. */
const maps = new Map<string, Func>();

function mapFor(simd: Simd, spec: MapSpec): Func {
  const key = `${simd} ${specKey(spec)}`;
  const kernel = maps.get(key) ?? mapKernel(simd, `map${maps.size}`, spec);
  maps.set(key, kernel);
  return kernel;
}

export function wasmKernels(simd: Simd): Kernels<Func> {
  return {
    panel: PANEL,
    transposedScratchBytes,
    map: (spec) => mapFor(simd, spec),
    reduce: reduceKernel,
    softmax: (name) => softmaxKernel(simd, name),
    prefix: (work) => prefixKernel(simd, work),
    argmax: argmaxKernel,
    gather: gatherKernel,
    onehot: onehotKernel,
    scatter: scatterKernel,
    pack: packKernel,
    packTransposed: packTransposedKernel,
    gemm: (edge) => gemmKernel(simd, edge),
    gemmTransposed: (rowEdge, edge) => gemmTransposedKernel(simd, rowEdge, edge),
    smallProduct: (kind) => smallProductKernel(simd, kind),
  };
}
