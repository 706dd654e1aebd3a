// The kernels of a module, each for both kinds of vector instructions: a module has one layout, and takes the kernels that its engine can run.
import { getOrCreate } from "../base/get-or-create.ts";
import type { Func } from "../codegen/wasm/tree.ts";
import type { Kernels } from "../kernel/kernels.ts";
import { wasmKernels } from "../targets/wasm/kernels.ts";

export interface PairedKernel {
  readonly plain: Func;
  readonly relaxed: Func;
}

export function pairedKernels(): Kernels<PairedKernel> {
  const [plain, relaxed] = [wasmKernels("plain"), wasmKernels("relaxed")];
  const known = new Map<Func, Map<Func, PairedKernel>>();
  const both =
    <A extends readonly unknown[]>(kernelOf: (kernels: Kernels<Func>) => (...given: A) => Func) =>
    (...given: A): PairedKernel => {
      const pair = { plain: kernelOf(plain)(...given), relaxed: kernelOf(relaxed)(...given) };
      const pairs = getOrCreate(known, pair.plain, () => new Map<Func, PairedKernel>());
      return getOrCreate(pairs, pair.relaxed, () => pair);
    };
  return {
    panel: plain.panel,
    transposedScratchBytes: plain.transposedScratchBytes,
    map: both(({ map }) => map),
    reduce: both(({ reduce }) => reduce),
    softmax: both(({ softmax }) => softmax),
    prefix: both(({ prefix }) => prefix),
    argmax: both(({ argmax }) => argmax),
    gather: both(({ gather }) => gather),
    onehot: both(({ onehot }) => onehot),
    scatter: both(({ scatter }) => scatter),
    pack: both(({ pack }) => pack),
    packTransposed: both(({ packTransposed }) => packTransposed),
    gemm: both(({ gemm }) => gemm),
    gemmTransposed: both(({ gemmTransposed }) => gemmTransposed),
    smallProduct: both(({ smallProduct }) => smallProduct),
  };
}
