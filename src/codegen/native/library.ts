// The C texts of libraries: those that all engines share, with their kernels and the driver, and those of kernels for some programs. Several
// are compiled at the same time.
import { DRIVER } from "./driver.ts";
import { range } from "../wasm/arithmetic.ts";
import type { NativeKernel } from "./kernel.ts";
import { LINES } from "./lines.ts";
import { PRELUDE } from "./prelude.ts";
import { PANELS, PRODUCTS } from "./products.ts";

/** The kernels that every engine has, in the order of their numbers in the table, from 0. */
const LINE_KERNELS = ["softmax", "logsoftmax", "argmax", "gather", "onehot", "scatter"] as const;
const PRODUCT_KERNELS = [
  "pack",
  "pack_transposed",
  "gemm",
  "gemm_transposed",
  "small_product_rows",
  "small_product_dots",
] as const;

export const SHARED_KERNELS = [...LINE_KERNELS, ...PRODUCT_KERNELS] as const;

export type SharedKernel = (typeof SHARED_KERNELS)[number];

/** A library's text, and the kernels that it has. */
export interface LibraryText {
  readonly text: string;
  readonly count: number;
}

/** The driver with the kernels of lines, and the products. */
export function sharedLibraries(): readonly [LibraryText, LibraryText] {
  return [
    { text: [PRELUDE, PANELS, LINES, DRIVER, filling(LINE_KERNELS)].join("\n"), count: LINE_KERNELS.length },
    { text: [PRELUDE, PANELS, PRODUCTS, filling(PRODUCT_KERNELS)].join("\n"), count: PRODUCT_KERNELS.length },
  ];
}

type GeneratedKernel = Extract<NativeKernel, { kind: "generated" }>;

/** Kernels of a library: with more of them, two that are compiled at the same time are ready sooner. */
const MOST_KERNELS = 16;

/** Generated kernels in the order of the libraries. */
export function kernelLibraries(kernels: readonly GeneratedKernel[]): readonly LibraryText[] {
  const parts = Math.ceil(kernels.length / MOST_KERNELS);
  const each = Math.ceil(kernels.length / Math.max(1, parts));
  return range(parts).map((part) => {
    const own = kernels.slice(part * each, (part + 1) * each);
    return { text: kernelLibrary(own), count: own.length };
  });
}

/** Generated kernels, named by their places: the same kernels make the same text in every process. */
export function kernelLibrary(kernels: readonly GeneratedKernel[]): string {
  const names = kernels.map((_, index) => `kernel${index}`);
  const texts = kernels.map(({ text }, index) => text(names[index] ?? ""));
  return [PRELUDE, ...texts, filling(names)].join("\n");
}

/** A function that writes the addresses of kernels into a table, from a place on. */
function filling(names: readonly string[]): string {
  const lines = names.map((name, index) => `  table[first + ${index}] = ${name};`);
  return ["void recurra_fill(kernel **table, int first) {", ...lines, "}", ""].join("\n");
}
