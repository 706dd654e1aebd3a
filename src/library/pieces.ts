// Converts what was written for the caller: piece by piece, and as the results of one example.
import { decodingAfter } from "../data/vocabulary.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import { evaluateDim } from "../shape/dim.ts";
import { ownAxes } from "../shape/type.ts";
import type { Feedback } from "../train/session.ts";
import type { WrittenValue } from "../train/writing-rows.ts";
import type { Compiled } from "./compiled.ts";
import type { NumberArray } from "./given.ts";
import { getOrCreate } from "../base/get-or-create.ts";
import type { Piece, Results } from "./types.ts";
import { isKnown, writtenVocabulary } from "./writing-session.ts";

/** Returns a function that creates pieces. It keeps the words so far, for the blanks between them. `before` is the text before the first. */
export function createPieces<T>(model: Compiled<T>, before = ""): (written: WrittenValue) => Piece {
  const inputs = new Map(model.program.inputs.map((input) => [input.name, input]));
  const decoders = new Map<string, (token: number) => string>();
  const textOf = (input: ProgramInput, row: number, token: number): string | null => {
    const vocabulary = isKnown(model, input) ? writtenVocabulary(model, input) : null;
    if (vocabulary === null) return null;
    return getOrCreate(decoders, `${input.name} ${row}`, () => decodingAfter(vocabulary, before))(token);
  };
  return ({ row, step, name, value }) => {
    const input = inputs.get(name);
    const isToken = input?.token !== undefined && typeof value === "number";
    return {
      example: row,
      step,
      name,
      value: arrayOf(model, input, value),
      text: isToken ? textOf(input, row, value) : null,
    };
  };
}

function arrayOf<T>(
  model: Compiled<T>,
  input: ProgramInput | undefined,
  value: number | readonly number[],
): NumberArray {
  if (typeof value === "number") return { shape: [], data: Int32Array.of(value) };
  return { shape: input === undefined ? [value.length] : ownShape(model, input), data: Float32Array.from(value) };
}

function ownShape<T>(model: Compiled<T>, input: ProgramInput): readonly number[] {
  return ownAxes(input.type).map(({ size }) => evaluateDim(size, model.sizes.known));
}

/** The results of one example: by name, token ids `[n]` or numbers `[n, …]`. */
export function writtenResults<T>(
  model: Compiled<T>,
  feedback: readonly Feedback[],
  written: ReadonlyMap<string, readonly (number | readonly number[])[]>,
): Results {
  return Object.fromEntries(
    feedback.map(({ input, prediction }): [string, NumberArray] => {
      const steps = written.get(input.name) ?? [];
      if (prediction.kind === "token")
        return [input.name, { shape: [steps.length], data: Int32Array.from(steps.flat()) }];
      const shape = [steps.length, ...ownShape(model, input)];
      return [input.name, { shape, data: Float32Array.from(steps.flat()) }];
    }),
  );
}
