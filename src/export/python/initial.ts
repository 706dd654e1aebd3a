// How each weight begins, as an expression of the functions that a file defines for first values.
import { fail } from "../../base/invariant.ts";
import type { Init } from "../../base/init.ts";
import { constantOf } from "../../train/initial.ts";
import { binary, call, number, type Expression } from "../source/expression.ts";

export type InitName =
  "zeros" | "ones" | "constant" | "uniform" | "normal" | "glorot" | "he" | "lecun" | "orthogonal" | "identity";

const NAMES: ReadonlySet<string> = new Set<InitName>([
  "zeros",
  "ones",
  "constant",
  "uniform",
  "normal",
  "glorot",
  "he",
  "lecun",
  "orthogonal",
  "identity",
]);

/** The first values of one weight. */
export interface Initial {
  readonly expression: Expression;
  readonly names: readonly InitName[];
}

/** How a dialect writes functions of arrays, and of random numbers. */
export interface InitWords {
  /** `torch.exp`. */
  readonly functionOf: (name: string) => string;
  /** The arguments of a draw before its own: `shape`, or a key and the shape. */
  readonly draw: (count: number) => readonly Expression[];
}

const SCALAR_FUNCTIONS: ReadonlySet<string> = new Set([
  "exp",
  "log",
  "sqrt",
  "abs",
  "tanh",
  "sin",
  "cos",
  "square",
  "sigmoid",
  "softplus",
]);

export function initialOf(init: Init, words: InitWords): Initial {
  const names: InitName[] = [];
  let draws = 0;
  const write = (each: Init): Expression => {
    if (each.kind === "number") return number(each.value);
    if (each.kind === "binary") return binary(each.op, write(each.left), write(each.right));
    const { name, args } = each;
    if (isInitName(name)) {
      names.push(name);
      return call(name, [...words.draw(draws++), ...args.map(write)]);
    }
    if (!SCALAR_FUNCTIONS.has(name)) return fail("export", "an initial value that is not known");
    return call(words.functionOf(name), args.map(write));
  };
  const expression = write(init);
  if (names.length > 0) return { expression, names };
  // Numbers alone, as `-2`, fill the weight.
  const value = number(constantOf(init));
  return { expression: call("constant", [...words.draw(draws), value]), names: ["constant"] };
}

function isInitName(name: string): name is InitName {
  return NAMES.has(name);
}
