// How long a model writes if the caller does not say.
import type { Program } from "../lang/elaborate/program.ts";
import type { Sizes } from "../shape/dim.ts";
import { timeName } from "../shape/type.ts";
import { hasEnd } from "../train/row-model.ts";
import { isReadInUse } from "../train/step-inputs.ts";
import { DEFAULT_LENGTH } from "./generate-options.ts";

/** How many steps a model writes if the caller does not say. Infinite if its sequences end with an input. */
export function defaultLength(program: Program, longest: Sizes = new Map()): number {
  return trainedLength(program, longest) ?? DEFAULT_LENGTH;
}

/**
 * The longest sequence of the training rows, for a model whose sequences do not end by themselves, as those of numbers; infinite if they
 * end with an input. Null for a model that writes an end token, and if the longest is not known. `longest`: steps by time.
 */
export function trainedLength(program: Program, longest: Sizes): number | null {
  const isWritten = (name: string): boolean =>
    program.predictions.some(({ target, isAutoregressive }) => isAutoregressive && target === name);
  const first = program.inputs.find(({ name }) => isWritten(name));
  if (first === undefined) return null;
  const time = timeName(first.type) ?? "";
  const sharing = program.inputs.filter((input) => {
    const { type, role } = input;
    return timeName(type) === time && (role !== "input" || isReadInUse(program, input));
  });
  if (sharing.some(({ name }) => !isWritten(name))) return Infinity;
  const ends = sharing.some(
    (input) => input.token !== undefined && input.token.reading !== "token" && hasEnd(program, input),
  );
  return ends ? null : (longest.get(time) ?? null);
}
