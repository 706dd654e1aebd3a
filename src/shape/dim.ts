// Symbolic sizes: polynomials over names with rational coefficients, in a normal form, so that equal sizes are equal strings.
// A name that begins with `?` is a unification variable. Negative powers stand for division by a name.
import { fail } from "../base/invariant.ts";
import { countThinned, sizeNamed, thinnedName } from "./thinned.ts";

interface Term {
  readonly coefficient: number;
  /** Name and power, sorted by name; powers are not 0. */
  readonly powers: readonly (readonly [string, number])[];
}

/** Terms in a fixed order with coefficients other than 0. */
export interface Dim {
  readonly terms: readonly Term[];
}

export const ONE: Dim = constant(1);
export const ZERO: Dim = { terms: [] };

export function constant(value: number): Dim {
  return value === 0 ? { terms: [] } : { terms: [{ coefficient: value, powers: [] }] };
}

export function symbol(name: string): Dim {
  return { terms: [{ coefficient: 1, powers: [[name, 1]] }] };
}

function powersKey(term: Term): string {
  return term.powers.map(([name, power]) => `${name}^${power}`).join("*");
}

function normal(terms: readonly Term[]): Dim {
  const byKey = new Map<string, Term & { readonly largest: number }>();
  for (const { coefficient, powers } of terms) {
    const key = powersKey({ coefficient, powers });
    const before = byKey.get(key);
    const largest = Math.max(before?.largest ?? 0, Math.abs(coefficient));
    byKey.set(key, { coefficient: (before?.coefficient ?? 0) + coefficient, powers, largest });
  }
  // What rounding leaves of a difference is 0, but a small number is not.
  const kept = [...byKey]
    .filter(([, { coefficient, largest }]) => Math.abs(coefficient) > 1e-12 * largest)
    .map(([key, { coefficient, powers }]) => [key, { coefficient, powers }] as const);
  kept.sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : a < b ? -1 : 1));
  return { terms: kept.map(([, term]) => term) };
}

function multiplyTerms(a: Term, b: Term): Term {
  const powers = new Map<string, number>(a.powers);
  for (const [name, power] of b.powers) powers.set(name, (powers.get(name) ?? 0) + power);
  const kept = [...powers].filter(([, power]) => power !== 0).sort(([x], [y]) => (x < y ? -1 : 1));
  return { coefficient: a.coefficient * b.coefficient, powers: kept };
}

export function add(a: Dim, b: Dim): Dim {
  return normal([...a.terms, ...b.terms]);
}

export function multiply(a: Dim, b: Dim): Dim {
  return normal(a.terms.flatMap((left) => b.terms.map((right) => multiplyTerms(left, right))));
}

export function subtract(a: Dim, b: Dim): Dim {
  return add(a, multiply(constant(-1), b));
}

/** `a / b`, or undefined where `b` is a sum (then the quotient is not a polynomial) or 0. */
export function divide(a: Dim, b: Dim): Dim | undefined {
  const [term, ...others] = b.terms;
  if (term === undefined) return undefined;
  if (equal(a, b)) return ONE;
  if (others.length > 0) return undefined;
  const inverse: Term = {
    coefficient: 1 / term.coefficient,
    powers: term.powers.map(([name, power]) => [name, -power] as const),
  };
  return normal(a.terms.map((each) => multiplyTerms(each, inverse)));
}

export function equal(a: Dim, b: Dim): boolean {
  return a === b || printDim(a) === printDim(b);
}

/** This size as a number, or undefined if it contains names. */
export function constantOf(dim: Dim): number | undefined {
  const [term, ...others] = dim.terms;
  if (term === undefined) return 0;
  return others.length === 0 && term.powers.length === 0 ? term.coefficient : undefined;
}

/** This size as a single name, or undefined if it is anything else. */
export function symbolOf(dim: Dim): string | undefined {
  const [term, ...others] = dim.terms;
  if (term === undefined || others.length > 0 || term.coefficient !== 1) return undefined;
  const [power, ...rest] = term.powers;
  return power !== undefined && rest.length === 0 && power[1] === 1 ? power[0] : undefined;
}

export function symbolsOf(dim: Dim): readonly string[] {
  return [...new Set(dim.terms.flatMap((term) => term.powers.map(([name]) => name)))];
}

/** Replaces names by sizes; names that `replacement` does not know stay. */
export function substitute(dim: Dim, replacement: (name: string) => Dim | undefined): Dim {
  if (dim.terms.every((term) => term.powers.every(([name]) => replacement(name) === undefined))) return dim;
  return dim.terms.reduce<Dim>((sum, term) => {
    const product = term.powers.reduce<Dim>((value, [name, power]) => {
      const base = replacement(name) ?? symbol(name);
      let factor = value;
      for (let i = 0; i < Math.abs(power); i++) {
        factor = power > 0 ? multiply(factor, base) : (divide(factor, base) ?? fail("shape", "division by a sum"));
      }
      return factor;
    }, constant(term.coefficient));
    return add(sum, product);
  }, ZERO);
}

/** The size that is left if each k-th element is taken; undefined for a sum or a product. */
export function thinnedSize(size: Dim, every: number): Dim | undefined {
  if (every === 1) return size;
  const [known, name] = [constantOf(size), symbolOf(size)];
  if (known !== undefined) return constant(countThinned(known, every));
  return name === undefined ? undefined : symbol(thinnedName(name, every));
}

export type Sizes = ReadonlyMap<string, number>;

/** Whether a size may be this number. Adds the number to `sizes` if the size is a name that is not known yet. */
export function learnSize(dim: Dim, size: number, sizes: Map<string, number>): boolean {
  const name = symbolOf(dim);
  if (name !== undefined && !sizes.has(name)) sizes.set(name, size);
  const isKnown = symbolsOf(dim).every((each) => sizes.has(each));
  return !isKnown || evaluateDim(dim, sizes) === size;
}

/** The integer that `dim` is under `sizes`. Throws if a name has no size or the result is not a whole number. */
export function evaluateDim(dim: Dim, sizes: Sizes): number {
  const value = dim.terms.reduce((sum, term) => {
    return (
      sum + term.powers.reduce((product, [name, power]) => product * sizeOf(name, sizes) ** power, term.coefficient)
    );
  }, 0);
  const whole = Math.round(value);
  if (Math.abs(value - whole) > 1e-9) fail("shape", `${printDim(dim)} is ${value}, which is not a whole number`);
  return whole;
}

function sizeOf(name: string, sizes: Sizes): number {
  return sizeNamed(name, sizes) ?? fail("shape", `the size ${name} is not known`);
}

function printTerm(term: Term): string {
  const over = term.powers
    .filter(([, power]) => power > 0)
    .map(([name, power]) => (power === 1 ? name : `${name}^${power}`));
  const under = term.powers
    .filter(([, power]) => power < 0)
    .map(([name, power]) => (power === -1 ? name : `${name}^${-power}`));
  const [numerator, denominator] = fraction(Math.abs(term.coefficient));
  const top = numerator === 1 && over.length > 0 ? over : [String(numerator), ...over];
  const bottom = denominator === 1 ? under : [String(denominator), ...under];
  return top.join("*") + bottom.map((factor) => `/${factor}`).join("");
}

/** A coefficient as a fraction with the smallest denominator up to 4096; sizes are divided by small integers only. */
function fraction(value: number): readonly [number, number] {
  for (let denominator = 1; denominator <= 4096; denominator++) {
    const numerator = Math.round(value * denominator);
    if (Math.abs(numerator / denominator - value) < 1e-12 * Math.max(1, value)) return [numerator, denominator];
  }
  return [value, 1];
}

const printed = new WeakMap<Dim, string>();

/** `2*H`, `H/4 + 1`; `parseDim` reads it back. */
export function printDim(dim: Dim): string {
  const text = printed.get(dim) ?? printTerms(dim);
  printed.set(dim, text);
  return text;
}

function printTerms(dim: Dim): string {
  if (dim.terms.length === 0) return "0";
  return dim.terms.reduce((text, term, index) => {
    const sign = term.coefficient < 0 ? "-" : "+";
    if (index === 0) return (sign === "-" ? "-" : "") + printTerm(term);
    return `${text} ${sign} ${printTerm(term)}`;
  }, "");
}

/** A term with its sign. The `e-7` of a number belongs to it; that of a name such as `x2e-7` does not. */
const PIECE = /[+-]?(?:(?<![\p{L}\p{N}_.])\d[\d.]*e[+-]\d+|[^+-])+/gu;

/** Sizes that were read before. A program has some dozens, and every pass reads them again. */
const parsed = new Map<string, Dim>();
const MOST_PARSED = 4096;

/** Reads what `printDim` prints. */
export function parseDim(text: string): Dim {
  const dim = parsed.get(text) ?? parseTerms(text);
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(text, dim);
  return dim;
}

function parseTerms(text: string): Dim {
  const pieces = text.replaceAll(" ", "").match(PIECE) ?? fail("shape", `no size: ${text}`);
  return pieces.map(parseTerm).reduce(add, ZERO);
}

function parseTerm(text: string): Dim {
  const sign = text.startsWith("-") ? -1 : 1;
  const factors = text.replace(/^[+-]/, "").match(/(^|[*/])[^*/]+/g) ?? fail("shape", `no size: ${text}`);
  return factors.reduce<Dim>((product, piece) => {
    const [name = "", power = "1"] = piece.replace(/^[*/]/, "").split("^");
    const base = /^[\d.]/.test(name) ? constant(Number(name)) : symbol(name);
    let value = product;
    for (let i = 0; i < Number(power); i++) {
      value = piece.startsWith("/")
        ? (divide(value, base) ?? fail("shape", `no size: ${text}`))
        : multiply(value, base);
    }
    return value;
  }, constant(sign));
}
