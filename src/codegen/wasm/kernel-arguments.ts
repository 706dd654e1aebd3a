// How a kernel of a program finds its arguments: words in memory, from the address that it is called with.
import { type Expr, load, local } from "./tree.ts";

/** The kernel's only parameter: where its arguments begin. */
export const args = local("args", "i32");

export const word = (index: number): Expr<"i32"> => load("i32.load", args, 4 * index);
