// Checks token ids: whole numbers within their vocabulary.
import { UserError } from "../base/diagnostic.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { Sizes } from "../shape/dim.ts";
import type { HostArray } from "../targets/target.ts";
import { hasEnd } from "../train/row-model.ts";
import { textInput } from "../train/text-input.ts";

/** The size of a vocabulary by its name in the spec, which may be a number; undefined if it is not known. */
export function vocabularySize(name: string, sizes: Sizes): number | undefined {
  return /^\d+$/.test(name) ? Number(name) : sizes.get(name);
}

/** Ids `[T, B]` or `[B]`, with 0 in padding. Returns inputs that are not tokens as they are. Throws a UserError for an invalid id. */
export function toTokens(
  { name, token }: Pick<ProgramInput, "name" | "token">,
  array: HostArray,
  sizes: Sizes,
  lengths?: ArrayLike<number>,
): HostArray {
  if (token === undefined) return array;
  const size = vocabularySize(token.vocabulary, sizes) ?? Infinity;
  const batch = array.shape.at(-1) ?? 1;
  // A loop: `Int32Array.from` with a function takes a microsecond for one token, which is a part of each step.
  const data = new Int32Array(array.data.length);
  for (let index = 0; index < data.length; index++) {
    if (lengths !== undefined && Math.floor(index / batch) >= (lengths[index % batch] ?? 0)) continue;
    const id = array.data[index] ?? 0;
    checkToken(name, token, id, size);
    data[index] = id;
  }
  return { ...array, data };
}

/** Throws a UserError for an id that is not a token of a vocabulary of this size. */
export function checkToken(
  name: string,
  { reading, vocabulary }: NonNullable<ProgramInput["token"]>,
  id: number,
  size: number,
): void {
  if (Number.isInteger(id) && id >= 0 && id < size) return;
  const where = /^\d+$/.test(vocabulary) || size === Infinity ? "" : ` with ${vocabulary} = ${size}`;
  const range = size === Infinity ? "from 0 up" : `from 0 to ${size - 1}`;
  throw new UserError(
    `\`${name}\` is ${reading}[${vocabulary}]${where}: its tokens are whole numbers ${range}, but one is ${id}`,
  );
}

/** Whether a sequence ends with an end token. The running text of a model of one text does not. */
export function endsWithToken(program: Program, input: ProgramInput): boolean {
  return textInput(program) === undefined && hasEnd(program, input);
}
