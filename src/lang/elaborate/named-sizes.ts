// The sizes that one body names, and whether the program makes two of them equal. That is allowed, but usually a mistake:
// `x @ W` instead of `W @ x` makes the sizes of input and state equal, and nothing else reports it.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Span } from "../../base/source.ts";
import { constantOf, equal, type Dim } from "../../shape/dim.ts";
import type { Unifier } from "../../shape/unify.ts";
import { sizesMadeEqual } from "../messages-values.ts";
import type { Frame } from "./frame.ts";
import { introducedBy } from "./repeated.ts";

/** The expression that is being evaluated: the reason of sizes that become equal. */
export interface Reason {
  readonly span: Span;
  /** The expression that was probably meant. */
  readonly instead?: string | undefined;
}

interface Named {
  readonly name: string;
  readonly dim: Dim;
  readonly span: Span;
}

export class NamedSizes {
  readonly #unifier: Unifier;
  /** Names without a number. */
  readonly #named: Named[] = [];
  /** Parameters with a number. */
  readonly #numbers = new Map<string, number>();
  readonly #equal = new Set<string>();
  readonly #found: Diagnostic[] = [];

  constructor(unifier: Unifier) {
    this.#unifier = unifier;
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#found;
  }

  /** The names that the types and parameters of a body give to sizes. */
  declare(frame: Frame): void {
    const { definition } = frame;
    for (const { name, span } of [...definition.parameters.map((each) => each.name), ...introducedBy(definition)]) {
      const dim = frame.static(name);
      const number = dim === undefined ? undefined : constantOf(dim);
      if (number !== undefined) this.#numbers.set(name, number);
      else if (dim !== undefined && this.#named.every((each) => each.name !== name))
        this.#named.push({ name, dim, span });
    }
  }

  /** After a size has become known: notes the names whose sizes have become equal. */
  look(reason: Reason | null): void {
    this.#named.forEach((each, index) => {
      const size = this.#unifier.resolve(each.dim);
      const other = this.#named.slice(0, index).find(({ dim }) => equal(this.#unifier.resolve(dim), size));
      if (other === undefined || constantOf(size) !== undefined || this.#equal.has(each.name)) return;
      this.#equal.add(each.name);
      this.#found.push(sizesMadeEqual(other, each, reason?.span ?? each.span, reason?.instead));
    });
  }

  /** Parameters with a number that turned out to be a size with a name. */
  suspects(): readonly string[] {
    const found = this.#named.map(({ dim }) => constantOf(this.#unifier.resolve(dim)));
    return [...this.#numbers].filter(([, number]) => found.includes(number)).map(([name]) => name);
  }
}
