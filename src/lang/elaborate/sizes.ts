// The sizes that no spec writes down: those that data gives, which may stay free, and those that something must determine.
import type { Span } from "../../base/source.ts";
import { symbol, symbolsOf, type Dim } from "../../shape/dim.ts";
import type { Type } from "../../shape/type.ts";
import type { Unifier } from "../../shape/unify.ts";

interface Wanted {
  readonly dim: Dim;
  /** What has the size, in words, and its type. */
  readonly what: string;
  readonly type: Type;
  readonly span: Span;
}

export class Sizes {
  readonly #unifier: Unifier;
  readonly #wanted: Wanted[] = [];
  /** Variables that may stay free: sizes of data, and of a cell's inputs. */
  readonly #free = new Set<string>();

  constructor(unifier: Unifier) {
    this.#unifier = unifier;
  }

  /** A size that data gives: it may stay free, under the name `hint`. */
  free(hint: string): Dim {
    const dim = this.#unifier.fresh(hint);
    symbolsOf(dim).forEach((name) => this.#free.add(name));
    return dim;
  }

  /** A size that something in the program must determine. */
  wanted(hint: string, what: string, type: (dim: Dim) => Type, span: Span): Dim {
    const dim = this.#unifier.fresh(hint);
    this.#wanted.push({ dim, what, type: type(dim), span });
    return dim;
  }

  /** Gives the sizes that may stay free their names; returns those that must be known and are not, each variable once. */
  settle(): readonly Wanted[] {
    this.#nameFree();
    const seen = new Set<string>();
    return this.#wanted.filter(({ dim }) => {
      const open = symbolsOf(this.#unifier.resolve(dim)).find(isVariable);
      return open === undefined || seen.has(open) ? false : seen.add(open) !== undefined;
    });
  }

  #nameFree(): void {
    const resolved = (variable: string): readonly string[] => symbolsOf(this.#unifier.resolve(symbol(variable)));
    const taken = new Set([...this.#free].flatMap(resolved).filter((name) => !isVariable(name)));
    for (const variable of this.#free) {
      // Resolved anew each time: a variable named just now may be part of the next one.
      for (const open of resolved(variable).filter(isVariable)) {
        const hint = this.#unifier.hint(open);
        let name = hint;
        for (let n = 2; taken.has(name); n++) name = `${hint}${n}`;
        taken.add(name);
        this.#unifier.bind(open, symbol(name));
      }
    }
  }
}

function isVariable(name: string): boolean {
  return name.startsWith("?");
}
