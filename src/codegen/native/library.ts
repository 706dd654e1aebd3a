// The C text of a library: the one that all engines share, with its kernels and the driver, or one of kernels for some programs.
import { DRIVER } from "./driver.ts";
import type { NativeKernel } from "./kernel.ts";
import { LINES } from "./lines.ts";
import { PRELUDE } from "./prelude.ts";
import { PRODUCTS } from "./products.ts";

/** The kernels that every engine has, in the order of their numbers in the table, from 0. */
export const SHARED_KERNELS = [
  "softmax",
  "logsoftmax",
  "argmax",
  "gather",
  "onehot",
  "pack",
  "pack_transposed",
  "gemm",
  "gemm_transposed",
  "small_product_rows",
  "small_product_dots",
] as const;

export type SharedKernel = (typeof SHARED_KERNELS)[number];

/** The driver, the threads and the shared kernels. */
export function sharedLibrary(): string {
  return [PRELUDE, LINES, PRODUCTS, DRIVER, filling(SHARED_KERNELS)].join("\n");
}

/** Generated kernels, named by their places: the same kernels make the same text in every process. */
export function kernelLibrary(kernels: readonly Extract<NativeKernel, { kind: "generated" }>[]): string {
  const names = kernels.map((_, index) => `kernel${index}`);
  const texts = kernels.map(({ text }, index) => text(names[index] ?? ""));
  return [PRELUDE, ...texts, filling(names)].join("\n");
}

/** A function that writes the addresses of kernels into a table, from a place on. */
function filling(names: readonly string[]): string {
  const lines = names.map((name, index) => `  table[first + ${index}] = ${name};`);
  return ["void recurra_fill(kernel **table, int first) {", ...lines, "}", ""].join("\n");
}
