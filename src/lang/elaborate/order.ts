// The order in which the equations of a body are evaluated: each after those that it reads. So evaluating one does not evaluate a
// chain of others inside it, whatever the length of the chain and the order of its lines. Only expressions are walked by recursion.
import type { Span } from "../../base/source.ts";
import type { Expression } from "../ast.ts";

/**
 * The names of `equations` in that order, earlier definitions as early as possible. Equations in a circle, and those that lead into
 * it, keep the order of definition: evaluating them finds the circle.
 * `isCarried`: whether earlier values of a name are there before its value now.
 */
export function evaluationOrder(
  equations: ReadonlyMap<string, Expression>,
  isCarried: (name: string) => boolean = () => true,
): readonly string[] {
  const order: string[] = [];
  const met = new Set<string>();
  for (const root of equations.keys()) {
    if (met.has(root)) continue;
    const { names, isCircle } = below(root, equations, { met, isCarried });
    order.push(...(isCircle ? [root, ...names.toReversed()] : names));
  }
  return order;
}

interface Visit {
  readonly name: string;
  readonly reads: Iterator<string>;
}

/** What `root` needs and was not visited, in postorder, `root` last. */
function below(
  root: string,
  equations: ReadonlyMap<string, Expression>,
  { met, isCarried }: { readonly met: Set<string>; readonly isCarried: (name: string) => boolean },
): { readonly names: readonly string[]; readonly isCircle: boolean } {
  const names: string[] = [];
  const open = new Set<string>();
  const stack: Visit[] = [];
  let isCircle = false;
  const enter = (name: string): void => {
    const expression = equations.get(name);
    if (expression === undefined) return;
    if (open.has(name)) isCircle = true;
    if (met.has(name)) return;
    met.add(name);
    open.add(name);
    stack.push({ name, reads: needed(expression, isCarried) });
  };
  enter(root);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.reads.next();
    if (next.done !== true) enter(next.value);
    else {
      names.push(top.name);
      open.delete(top.name);
      stack.pop();
    }
  }
  return { names, isCircle };
}

/** The names that must have a value before this one: also those whose earlier values nothing else carries. */
function* needed(expression: Expression, isCarried: (name: string) => boolean): Generator<string> {
  for (const { name, isDelayed } of readsIn(expression)) if (!isDelayed || !isCarried(name)) yield name;
}

/** A name where it is read, now or with a delay. */
export interface Read {
  readonly name: string;
  readonly isDelayed: boolean;
  readonly span: Span;
}

/** Every name that may be read at the same step. */
export function* namesRead(expression: Expression): Generator<string> {
  for (const { name, isDelayed } of readsIn(expression)) if (!isDelayed) yield name;
}

/** Every name that may be read. Words such as `glorot` in `init =` are among them, and do no harm. */
export function* readsIn(expression: Expression): Generator<Read> {
  switch (expression.kind) {
    case "name":
      yield { name: expression.name, isDelayed: false, span: expression.span };
      return;
    case "number":
    case "string":
      return;
    case "list":
      for (const item of expression.items) yield* readsIn(item);
      return;
    case "delay": {
      const { object, steps, span } = expression;
      // A part of a cell, `s.h[t-1]`, needs the cell.
      if (object.kind === "name" && steps !== null) yield { name: object.name, isDelayed: true, span };
      else yield* readsIn(object);
      return;
    }
    case "negate":
      yield* readsIn(expression.operand);
      return;
    case "binary":
    case "pipe":
      yield* readsIn(expression.left);
      yield* readsIn(expression.right);
      return;
    case "member":
    case "slice":
    case "element":
    case "indices":
      yield* readsIn(expression.object);
      return;
    case "call":
      yield* readsIn(expression.callee);
      for (const argument of expression.arguments) yield* readsIn(argument.value);
      return;
  }
}
