// Unification of sizes. A variable (`?1`) is bound once; compound sizes are compared, never solved.
import { equal, substitute, symbol, symbolOf, symbolsOf, thinnedSize, type Dim } from "./dim.ts";
import { thinned } from "./thinned.ts";
import type { Axis, Type } from "./type.ts";

/** How a shape rule compares two axes: returns the common axis, or undefined if they differ. */
export interface AxisComparison {
  same(a: Axis, b: Axis): Axis | undefined;
  /** The size with all known variables replaced. */
  resolve(dim: Dim): Dim;
}

export class Unifier implements AxisComparison {
  readonly #bindings = new Map<string, Dim>();
  readonly #hints = new Map<string, string>();
  readonly #learnt: () => void;
  #count = 0;

  /** `learnt` is called whenever two sizes become equal. */
  constructor(learnt: () => void = () => {}) {
    this.#learnt = learnt;
  }

  /** A new variable; `hint` is its name if nothing determines it and nothing needs to. */
  fresh(hint: string): Dim {
    this.#count += 1;
    const name = `?${this.#count}`;
    this.#hints.set(name, hint);
    return { terms: [{ coefficient: 1, powers: [[name, 1]] }] };
  }

  hint(variable: string): string {
    return this.#hints.get(variable) ?? variable;
  }

  resolve(dim: Dim): Dim {
    return substitute(dim, (name) => this.#known(name));
  }

  /** The value of a variable with all known variables replaced. It is stored, so that no chain is followed twice. */
  #known(name: string): Dim | undefined {
    const parts = thinned(name);
    if (parts !== undefined) {
      const whole = this.#known(parts.of);
      return whole === undefined ? undefined : thinnedSize(whole, parts.every);
    }
    const bound = this.#bindings.get(name);
    if (bound === undefined) return undefined;
    const full = this.resolve(bound);
    if (full !== bound) this.#bindings.set(name, full);
    return full;
  }

  bind(variable: string, dim: Dim): void {
    this.#bindings.set(variable, dim);
  }

  /** Makes `a` and `b` equal if binding variables is enough; returns whether they are equal now. */
  unify(a: Dim, b: Dim): boolean {
    const left = this.resolve(a);
    const right = this.resolve(b);
    if (equal(left, right)) return true;
    return this.#bindIfVariable(left, right) || this.#bindIfVariable(right, left) || this.#unifyWholes(left, right);
  }

  /** What is left of two sizes is the same if they are: no step of one sequence would meet a step of the other otherwise. */
  #unifyWholes(a: Dim, b: Dim): boolean {
    const [left, right] = [a, b].map((each) => thinned(symbolOf(each) ?? ""));
    if (left === undefined || right === undefined || left.every !== right.every) return false;
    return this.unify(symbol(left.of), symbol(right.of));
  }

  #bindIfVariable(variable: Dim, value: Dim): boolean {
    const name = symbolOf(variable);
    if (name === undefined || !isVariable(name) || dependsOn(value, name)) return false;
    this.#bindings.set(name, value);
    this.#learnt();
    return true;
  }

  same(a: Axis, b: Axis): Axis | undefined {
    return a.tag === b.tag && this.unify(a.size, b.size) ? { tag: a.tag, size: this.resolve(a.size) } : undefined;
  }

  resolveType(type: Type): Type {
    return { dtype: type.dtype, axes: type.axes.map((axis) => ({ ...axis, size: this.resolve(axis.size) })) };
  }

  /** Two types of equal rank whose axes are the same, one by one. */
  sameTypes(a: Type, b: Type): boolean {
    if (a.dtype !== b.dtype || a.axes.length !== b.axes.length) return false;
    return a.axes.every((axis, index) => {
      const other = b.axes[index];
      return other !== undefined && this.same(axis, other) !== undefined;
    });
  }
}

/** Compares axes as they are: for graphs in which every size is known. */
export const EXACT: AxisComparison = {
  same: (a, b) => (a.tag === b.tag && equal(a.size, b.size) ? a : undefined),
  resolve: (dim) => dim,
};

function dependsOn(size: Dim, name: string): boolean {
  return symbolsOf(size).some((each) => each === name || thinned(each)?.of === name);
}

/** Whether a name is that of a size which is not known yet. */
export function isVariable(name: string): boolean {
  return name.startsWith("?") && thinned(name) === undefined;
}
