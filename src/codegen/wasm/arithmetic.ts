// Short forms for arithmetic on addresses and counts, and counted loops.
import { br, type Body, type Expr, i32, type Local, loop, op, type Statement, tee, when } from "./tree.ts";

type Count = Expr<"i32"> | number;

const count = (value: Count): Expr<"i32"> => (typeof value === "number" ? i32(value) : value);

export const plus = (a: Expr<"i32">, b: Count): Expr<"i32"> => (b === 0 ? a : op("i32.add", a, count(b)));
export const minus = (a: Expr<"i32">, b: Count): Expr<"i32"> => (b === 0 ? a : op("i32.sub", a, count(b)));
export const times = (a: Expr<"i32">, b: Count): Expr<"i32"> => {
  if (typeof b !== "number") return op("i32.mul", a, b);
  if (b === 1) return a;
  return Number.isInteger(Math.log2(b)) ? op("i32.shl", a, i32(Math.log2(b))) : op("i32.mul", a, i32(b));
};

export const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

/** Runs the body `counter` times; the counter is 0 afterwards. No enclosing loop may have the same `label`. */
export function repeat(label: string, counter: Local<"i32">, body: Body): Statement {
  return when(counter, [loop(label, [...body, br(label, tee(counter, minus(counter, 1)))])]);
}

/** Runs the body while `counter` ≥ `step` (unsigned), subtracting `step` each time. */
export function repeatInSteps(label: string, counter: Local<"i32">, step: number, body: Body): Statement {
  const more = op("i32.ge_u", counter, i32(step));
  return when(more, [loop(label, [...body, br(label, op("i32.ge_u", tee(counter, minus(counter, step)), i32(step)))])]);
}
