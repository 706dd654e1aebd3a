// The sizes that a model learns from what it is given, and keeps: those of its weights. Lengths and batch sizes are each run's own.
import { UserError } from "../base/diagnostic.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { evaluateDim, printDim, symbolOf, symbolsOf } from "../shape/dim.ts";
import type { Axis } from "../shape/type.ts";
import { fieldsOf } from "../train/row-model.ts";

export class DataSizes {
  readonly known: Map<string, number>;
  readonly #kept: ReadonlySet<string>;

  /** `given`: sizes that data would tell, such as V. Where nobody says which token is the start, it stands behind the symbols: last, or before the end token. */
  constructor(program: Program, given: ReadonlyMap<string, number>) {
    this.known = new Map(given);
    this.#kept = new Set(program.parameters.flatMap(({ type }) => type.axes.flatMap(({ size }) => symbolsOf(size))));
    for (const field of program.predictions.length === 0 ? [] : fieldsOf(program, "training")) {
      if (field.kind !== "token" || !field.start) continue;
      const size = given.get(field.vocabulary) ?? field.most;
      const name = `start.${field.vocabulary}`;
      if (size !== null && !this.known.has(name)) this.known.set(name, size - (field.end ? 2 : 1));
    }
  }

  /** Sizes for one run: what is learnt of weights is kept, the rest is the run's own. */
  forRun(): Map<string, number> {
    return new Map(this.known);
  }

  keep(sizes: ReadonlyMap<string, number>): void {
    for (const [name, size] of sizes) if (this.#kept.has(name)) this.known.set(name, size);
  }

  /** Learns from an array of known axes. Throws a UserError where they do not fit. */
  learn(axes: readonly Axis[], shape: readonly number[], what: string): void {
    const fits = axes.length === shape.length && axes.every((axis, index) => this.#fits(axis, shape[index] ?? 0));
    if (fits) return;
    const wanted = axes.map(({ size }) => printDim(size)).join(", ");
    throw new UserError(`${what} is [${wanted}], but what was given is [${shape.join(", ")}]`);
  }

  #fits(axis: Axis, size: number): boolean {
    const symbol = symbolOf(axis.size);
    if (symbol !== undefined && !this.known.has(symbol)) this.known.set(symbol, size);
    return !symbolsOf(axis.size).every((each) => this.known.has(each)) || evaluateDim(axis.size, this.known) === size;
  }
}
