// The first states of `recurra orbits`: all that can be made of some numbers, or those of a file.
import { UserError } from "../base/diagnostic.ts";
import { Compiled } from "../library/compiled.ts";
import { readArray } from "../library/given.ts";
import { readFirstStates } from "../library/states.ts";
import type { Arrays, CompiledModel } from "../library/types.ts";
import { countOf } from "../ops/nd.ts";
import { Moves, type Place, type StatePart } from "../orbits/moves.ts";
import { MOST_STATES } from "../orbits/orbits.ts";

/** `state`: the given first states, whose sizes a spec may leave open. */
export function movesOf(model: CompiledModel, inputs: Arrays, state: Arrays | null): Moves<unknown> {
  if (!(model instanceof Compiled)) throw new UserError("orbits are those of a compiled cell or model");
  if (state !== null)
    model.learn(readFirstStates(model, state, { sizes: model.sizes.known, allowNonFinite: false }).sizes);
  return new Moves(model, inputs);
}

/** Throws a UserError if these are too many, and if a state is lacking. */
export function firstPlaces(
  { parts, size }: { readonly parts: readonly StatePart[]; readonly size: number },
  state: Arrays | null,
  values: readonly number[],
): readonly Place[] {
  return state === null ? allPlaces(size, values) : givenPlaces(parts, state);
}

function allPlaces(size: number, values: readonly number[]): readonly Place[] {
  const count = values.length ** size;
  if (count > MOST_STATES)
    throw new UserError(
      `${values.length} values of ${size} numbers make ${count} states, and ${MOST_STATES} can be followed: give some by --state`,
    );
  return Array.from({ length: count }, (_, index) =>
    Array.from({ length: size }, (_each, place) => {
      return values[Math.floor(index / values.length ** (size - 1 - place)) % values.length] ?? NaN;
    }),
  );
}

function givenPlaces(parts: readonly StatePart[], state: Arrays): readonly Place[] {
  const rows = parts.map(({ name, shape }) => {
    const given = state[name];
    if (given === undefined) throw new UserError(`--state has no \`${name}\``);
    const numbers = Array.from(readArray(given, name).read());
    const size = countOf(shape);
    return Array.from({ length: numbers.length / size }, (_, row) => numbers.slice(row * size, (row + 1) * size));
  });
  const [first = []] = rows;
  if (rows.some(({ length }) => length !== first.length))
    throw new UserError("--state gives states of different numbers of examples");
  return first.map((_, row) => rows.flatMap((own) => own[row] ?? []));
}
