// The kernels in C: those that a program shapes are generated, and the others are in the library that all engines share.
import type { NativeKernel } from "../../codegen/native/kernel.ts";
import type { SharedKernel } from "../../codegen/native/library.ts";
import { mapKernel } from "../../codegen/native/map.ts";
import { prefixKernel } from "../../codegen/native/prefix.ts";
import { reduceKernel } from "../../codegen/native/reduce.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import { specKey } from "../../lists/spec-key.ts";

/** How the shared library was compiled for this machine. */
export interface Widths {
  readonly panel: number;
  /** Terms that a product over rows packs at once. */
  readonly depthBlock: number;
}

/** Kernels that are equal are one: an engine numbers them, and compiles each once. */
export function nativeKernels({ panel, depthBlock }: Widths): Kernels<NativeKernel> {
  const known = new Map<string, NativeKernel>();
  const once = (key: string, make: () => NativeKernel): NativeKernel => {
    const kernel = known.get(key) ?? make();
    known.set(key, kernel);
    return kernel;
  };
  const shared = (name: SharedKernel): NativeKernel => once(name, () => ({ kind: "shared", name }));
  return {
    panel,
    transposedScratchBytes: (rows) => 4 * panel * depthBlock * (1 + Math.ceil(rows / panel)),
    map: (spec) => once(specKey(spec), () => mapKernel(spec)),
    reduce: (...form) => once(`reduce ${form.join(" ")}`, () => reduceKernel(...form)),
    prefix: (work) => once(`prefix ${work.combine} ${work.identity} ${work.reverse}`, () => prefixKernel(work)),
    softmax: shared,
    argmax: () => shared("argmax"),
    gather: () => shared("gather"),
    onehot: () => shared("onehot"),
    scatter: () => shared("scatter"),
    pack: () => shared("pack"),
    packTransposed: () => shared("pack_transposed"),
    gemm: () => shared("gemm"),
    gemmTransposed: () => shared("gemm_transposed"),
    smallProduct: (kind) => shared(kind === "rows" ? "small_product_rows" : "small_product_dots"),
  };
}
