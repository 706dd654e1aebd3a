// The sizes that a spec does not give: those that data give, which may stay free, and those that something must determine.
import type { Span } from "../../base/source.ts";
import { printDim, symbol, symbolsOf, type Dim } from "../../shape/dim.ts";
import type { Type } from "../../shape/type.ts";
import { isVariable, type Unifier } from "../../shape/unify.ts";

interface Needed {
  readonly dim: Dim;
  /** What has the size, as text, and its type. */
  readonly what: string;
  readonly type: Type;
  readonly span: Span;
}

/** How a size that is still open is written: by the name that a user gave it, or in words. */
export interface Told {
  readonly name?: string;
  /** As in "the size of `x`". */
  readonly words: string;
}

/** The size of the batch. No size that a spec names is called so: it would be the batch's. */
export const BATCH_SIZE = "B";

export class Sizes {
  readonly #unifier: Unifier;
  readonly #needed: Needed[] = [];
  /** Variables that may stay free: sizes of data, and of a cell's inputs. */
  readonly #free = new Set<string>();
  readonly #told = new Map<string, Told>();

  constructor(unifier: Unifier) {
    this.#unifier = unifier;
  }

  /** A size that data gives: it may stay free, under the name `hint`. */
  free(hint: string, told: Told): Dim {
    const dim = this.#fresh(hint, told);
    symbolsOf(dim).forEach((name) => this.#free.add(name));
    return dim;
  }

  #fresh(hint: string, told: Told): Dim {
    const dim = this.#unifier.fresh(hint);
    symbolsOf(dim).forEach((name) => this.#told.set(name, told));
    return dim;
  }

  /** A size as it is written in a type: an open size has the name that the user gave it, or is `?`. */
  shown(dim: Dim): string {
    return printDim(this.#unifier.resolve(dim)).replaceAll(
      /\?\d+/g,
      (variable) => this.#told.get(variable)?.name ?? "?",
    );
  }

  /** A size in a sentence: ``twice the size of `x` ``. */
  inWords(dim: Dim): string {
    const resolved = this.#unifier.resolve(dim);
    const words = (variable: string): string =>
      this.#told.get(variable)?.name ?? this.#told.get(variable)?.words ?? "a size";
    const multiple = /^(?:(\d+)\*)?(\?\d+)$/.exec(printDim(resolved));
    if (multiple === null) return printDim(resolved).replaceAll(/\?\d+/g, words);
    const [, factor, variable = ""] = multiple;
    if (factor === undefined) return words(variable);
    return `${factor === "2" ? "twice" : `${factor} times`} ${words(variable)}`;
  }

  /** A size that something in the program must determine. */
  needed(hint: string, what: string, type: (dim: Dim) => Type, span: Span): Dim {
    const dim = this.#fresh(hint, { words: `the size of ${what}` });
    this.#needed.push({ dim, what, type: type(dim), span });
    return dim;
  }

  /** Gives the sizes that may stay free their names; returns those that must be known but are open, each variable once. */
  settle(): readonly Needed[] {
    this.#nameFree();
    const seen = new Set<string>();
    return this.#needed.filter(({ dim }) => {
      const open = symbolsOf(this.#unifier.resolve(dim)).find(isVariable);
      return open === undefined || seen.has(open) ? false : seen.add(open) !== undefined;
    });
  }

  #nameFree(): void {
    const resolved = (variable: string): readonly string[] => symbolsOf(this.#unifier.resolve(symbol(variable)));
    const taken = new Set([BATCH_SIZE, ...[...this.#free].flatMap(resolved).filter((name) => !isVariable(name))]);
    for (const variable of this.#free) {
      // Resolved again each time: a variable that was just named may be part of the next one.
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
