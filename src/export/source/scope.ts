// One function while it is written: its identifiers, its lines, and the sizes that it reads from its arguments.
import { fail } from "../../base/invariant.ts";
import { constant, printDim, substitute, symbolOf, type Dim, type Sizes } from "../../shape/dim.ts";
import { sizeNamed } from "../../shape/thinned.ts";
import { Identifiers } from "../identifiers.ts";
import type { HelperName, Named, Surroundings } from "./dialect.ts";
import { atom, binary, number, type Expression } from "./expression.ts";
import type { Notation } from "./notation.ts";

/** What all functions of a file share. */
export interface File {
  readonly notation: Notation;
  /** The sizes that are numbers in this file. */
  readonly sizes: Sizes;
  /** The functions of the file, and the words of its language: identifiers that nothing else may have. */
  readonly reserved: Set<string>;
  readonly helpers: Set<HelperName>;
  /** The names of the functions of cells, by their texts without a name. */
  readonly cells: Map<string, string>;
}

export class Scope implements Surroundings {
  readonly identifiers: Identifiers;
  readonly file: File;
  /** The lines of sizes, which are read before all else. */
  readonly sizeLines: string[] = [];
  readonly lines: string[] = [];
  readonly #sizes = new Map<string, Expression>();
  readonly #sizeOf: (symbol: string) => Expression;
  readonly #deviceOf: () => Named;
  readonly #made = new Map<string, Expression>();
  readonly #parameters: Set<string>;
  /** By name, the line that assigns it first. */
  readonly #assigned = new Map<string, number>();
  #indent: string;

  /** `sizeOf` finds a size of the batch in the arguments; `deviceOf` the arguments that place new arrays. */
  constructor(
    file: File,
    {
      indent,
      sizeOf,
      deviceOf,
      reserved = [],
      parameters = [],
    }: {
      readonly indent: string;
      readonly sizeOf: (symbol: string) => Expression;
      readonly deviceOf: () => Named;
      readonly reserved?: readonly string[];
      readonly parameters?: readonly string[];
    },
  ) {
    this.file = file;
    this.identifiers = new Identifiers([...file.reserved, ...reserved]);
    this.#parameters = new Set(parameters);
    this.#indent = indent;
    this.#sizeOf = sizeOf;
    this.#deviceOf = deviceOf;
  }

  get indent(): string {
    return this.#indent;
  }

  size(dim: Dim): Expression {
    const known = substitute(dim, (name) => {
      const value = sizeNamed(name, this.file.sizes);
      return value === undefined ? undefined : constant(value);
    });
    return polynomial(known, (name) => this.#symbol(name));
  }

  #symbol(name: string): Expression {
    const found = this.#sizes.get(name);
    if (found !== undefined) return found;
    const identifier = this.identifiers.fresh(name);
    this.sizeLines.push(...this.file.notation.assignment([identifier], this.#sizeOf(name), this.#place("new")));
    const size = atom(identifier);
    this.#sizes.set(name, size);
    return size;
  }

  /** A size is an argument of the function itself. */
  bindSize(name: string, identifier: string): void {
    this.#sizes.set(name, atom(identifier));
  }

  helper(name: HelperName): string {
    this.file.helpers.add(name);
    return name;
  }

  device(): Named {
    return this.#deviceOf();
  }

  /** What `make` returned the first time. */
  once(key: string, make: () => Expression): Expression {
    const known = this.#made.get(key) ?? make();
    this.#made.set(key, known);
    return known;
  }

  addComment(text: string): void {
    this.addLine(this.file.notation.comment(text));
  }

  addLine(text: string): void {
    this.lines.push(text === "" ? "" : `${this.#indent}${text}`);
  }

  assign(target: string, value: Expression): void {
    this.assignEach([target], value);
  }

  /** A name that was assigned elsewhere. */
  takeOver(name: string): void {
    this.#parameters.add(name);
  }

  /** Assigns the items of a list to names, each for the first time or again. */
  assignEach(targets: readonly string[], value: Expression): void {
    const { notation } = this.file;
    const known = targets.filter((name) => this.#assigned.has(name) || this.#parameters.has(name));
    const isNew = known.length === 0;
    for (const name of known) this.#reassign(name);
    for (const name of targets.filter((each) => !known.includes(each))) {
      this.#assigned.set(name, this.lines.length);
      if (!isNew) this.lines.push(...notation.declared(name, this.#indent));
    }
    this.lines.push(...notation.assignment(targets, value, this.#place(isNew ? "new" : "again")));
  }

  #reassign(name: string): void {
    const first = this.#assigned.get(name);
    if (first !== undefined) this.lines[first] = this.file.notation.reassigned(this.lines[first] ?? "");
  }

  /** Assigns to several names, or to tuples of names. */
  assignTo(targets: readonly Expression[], value: Expression): void {
    this.lines.push(...this.file.notation.assignment(targets.map(this.file.notation.flat), value, this.#place("new")));
  }

  /** Ends the last line with `text`. */
  closeLine(text: string): void {
    this.lines.push(`${this.lines.pop() ?? ""}${text}`);
  }

  /** Returns one value, or several as a tuple. */
  returns(value: Expression): void {
    this.lines.push(...this.file.notation.returned(value, this.#indent));
  }

  addStatement(prefix: string, value: Expression): void {
    this.lines.push(...this.file.notation.statement(prefix, value, this.#indent));
  }

  /** Lines that are indented by one level more. */
  addIndented(write: () => void): void {
    const outer = this.#indent;
    this.#indent = outer + this.file.notation.indent;
    write();
    this.#indent = outer;
  }

  #place(kind: "new" | "again"): { readonly indent: string; readonly isNew: boolean } {
    return { indent: this.#indent, isNew: kind === "new" };
  }
}

/** A sum of products of sizes. */
function polynomial(dim: Dim, symbol: (name: string) => Expression): Expression {
  const whole = symbolOf(dim);
  if (whole !== undefined) return symbol(whole);
  const denominator = denominatorOf(dim);
  const terms = dim.terms.map(({ coefficient, powers }) => {
    const factors = powers.flatMap(([name, power]) => {
      if (power < 0) return fail("export", `the size ${printDim(dim)} divides by a size of the batch`);
      return Array.from({ length: power }, () => symbol(name));
    });
    const scaled = Math.round(coefficient * denominator);
    return { sign: scaled < 0 ? ("-" as const) : ("+" as const), factors, coefficient: Math.abs(scaled) };
  });
  // A positive term first: `T - 1`, not `-1 + T`.
  const sorted = [...terms].sort((a, b) => Number(a.sign === "-") - Number(b.sign === "-"));
  const sum = sorted.reduce<Expression | undefined>((before, { sign, factors, coefficient }) => {
    const all = coefficient === 1 && factors.length > 0 ? factors : [number(coefficient), ...factors];
    const product = all.reduce((a, b) => binary("*", a, b));
    if (before !== undefined) return binary(sign, before, product);
    return sign === "-" ? binary("-", number(0), product) : product;
  }, undefined);
  const value = sum ?? number(0);
  return denominator === 1 ? value : binary("//", value, number(denominator));
}

function denominatorOf({ terms }: Dim): number {
  for (let denominator = 1; denominator <= 4096; denominator++) {
    if (
      terms.every(
        ({ coefficient }) => Math.abs(coefficient * denominator - Math.round(coefficient * denominator)) < 1e-9,
      )
    )
      return denominator;
  }
  return 1;
}
