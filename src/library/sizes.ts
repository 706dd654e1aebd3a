// The sizes that a model learns from what it is given, and keeps: those of its weights. Lengths and batch sizes are each run's own.
import { UserError } from "../base/diagnostic.ts";
import { startName } from "../graph/border.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { symbolsOf } from "../shape/dim.ts";
import { ownAxes, timeOf } from "../shape/type.ts";
import { usesStart } from "../train/row-model.ts";
import { refuseUnknown } from "./names.ts";
import { endsWithToken, vocabularySize } from "./tokens.ts";

export class DataSizes {
  readonly known: Map<string, number>;
  readonly #kept: ReadonlySet<string>;

  /**
   * `given`: sizes that data would tell, such as V; `starts`: the start tokens of vocabularies, by the names of their sizes. Where
   * nobody says which token is the start, it stands behind the symbols: last, or before the end token. Throws a UserError for a size
   * that the program does not have, or that is no whole number.
   */
  constructor(program: Program, given: ReadonlyMap<string, number>, starts: ReadonlyMap<string, number>) {
    this.#kept = new Set(program.parameters.flatMap(({ type }) => type.axes.flatMap(({ size }) => symbolsOf(size))));
    const lengths = lengthsOfGiven(program);
    refuseUnknown(
      [...given.keys()].filter((name) => !lengths.has(name)),
      [...new Set([...this.#kept, ...sizesOfInputs(program)])],
      `\`${program.name}\` has no size`,
    );
    for (const [name, size] of given)
      if (!Number.isInteger(size) || size < 1)
        throw new UserError(`the size ${name} is ${size}, but it must be a whole number, 1 or more`);
    this.known = new Map(given);
    for (const input of program.inputs) {
      const vocabulary = input.token?.vocabulary;
      if (vocabulary === undefined || !usesStart(program, vocabulary)) continue;
      const size = vocabularySize(vocabulary, given);
      const stored = starts.get(vocabulary);
      if (stored !== undefined && !(Number.isInteger(stored) && stored >= 0 && stored < (size ?? 2 ** 31)))
        throw new UserError(`the start token of ${vocabulary} is ${stored}, which is not one of its tokens`);
      const start = stored ?? (size === undefined ? undefined : size - (endsWithToken(program, input) ? 2 : 1));
      if (start !== undefined) this.known.set(startName(vocabulary), start);
    }
  }

  /** Sizes for one run: what is learnt of weights is kept, the rest is the run's own. */
  forRun(): Map<string, number> {
    return new Map(this.known);
  }

  /** Whether there are sizes of weights among them that were not known before. */
  isNew(sizes: ReadonlyMap<string, number>): boolean {
    return (
      this.known.size < sizes.size && [...sizes.keys()].some((name) => this.#kept.has(name) && !this.known.has(name))
    );
  }

  keep(sizes: ReadonlyMap<string, number>): void {
    for (const [name, size] of sizes) if (this.#kept.has(name)) this.known.set(name, size);
  }
}

/** Lengths of what is read as a whole before the first step. Each run has its own, but a format without lengths that change needs them. */
function lengthsOfGiven({ inputs, predictions }: Program): ReadonlySet<string> {
  const timesOf = (some: readonly ProgramInput[]): readonly string[] =>
    some.flatMap(({ type }) => timeOf(type) ?? []).flatMap(symbolsOf);
  const isWritten = ({ name }: ProgramInput): boolean =>
    predictions.some(({ target, isAutoregressive }) => isAutoregressive && target === name);
  const written = timesOf(inputs.filter(isWritten));
  const read = written.length === 0 ? [] : timesOf(inputs.filter(({ role }) => role === "input"));
  const memories = timesOf(inputs.filter(({ role }) => role === "memory"));
  return new Set([...memories, ...read.filter((time) => !written.includes(time))]);
}

/** The sizes that a user may know of: not those of times. */
function sizesOfInputs({ inputs }: Program): readonly string[] {
  return inputs.flatMap(({ type, token }) => [
    ...ownAxes(type).flatMap(({ size }) => symbolsOf(size)),
    ...(token === undefined || /^\d+$/.test(token.vocabulary) ? [] : [token.vocabulary]),
  ]);
}
