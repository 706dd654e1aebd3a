// The order in which the equations of a body are evaluated: each after those that it reads. So evaluating one does not evaluate a
// chain of others inside it, whatever the length of the chain and the order of its lines. Only expressions are walked by recursion.
import type { Expression } from "../ast.ts";

/**
 * The names of `equations` in that order, earlier definitions as early as possible. Equations in a circle, and those that lead into
 * it, keep the order of definition: evaluating them finds the circle.
 */
export function evaluationOrder(equations: ReadonlyMap<string, Expression>): readonly string[] {
  const order: string[] = [];
  const met = new Set<string>();
  for (const root of equations.keys()) {
    if (met.has(root)) continue;
    const { names, isCircle } = below(root, equations, met);
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
  met: Set<string>,
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
    stack.push({ name, reads: namesRead(expression) });
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

/** Every name that may be read at the same step. Words such as `glorot` in `init =` are among them, and do no harm. */
export function* namesRead(expression: Expression): Generator<string> {
  switch (expression.kind) {
    case "name":
      yield expression.name;
      return;
    case "number":
    case "string":
      return;
    case "list":
      for (const item of expression.items) yield* namesRead(item);
      return;
    case "member":
      yield* namesRead(expression.object);
      return;
    case "delay":
      // An earlier value of a name is not needed now; a part of a cell, `s.h[t-1]`, needs the cell.
      if (expression.object.kind !== "name" || expression.steps === null) yield* namesRead(expression.object);
      return;
    case "negate":
      yield* namesRead(expression.operand);
      return;
    case "binary":
    case "pipe":
      yield* namesRead(expression.left);
      yield* namesRead(expression.right);
      return;
    case "slice":
    case "element":
    case "indices":
      yield* namesRead(expression.object);
      return;
    case "call":
      yield* namesRead(expression.callee);
      for (const argument of expression.arguments) yield* namesRead(argument.value);
      return;
  }
}
