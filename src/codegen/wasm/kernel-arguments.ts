// The arguments of a kernel: words in memory at the address that it is called with.
import { type Expr, load, local } from "./tree.ts";

/** The kernel's only parameter: the address of its arguments. */
export const args = local("args", "i32");

export const word = (index: number): Expr<"i32"> => load("i32.load", args, 4 * index);
