// Reads weights by name, and checks names, shapes and numbers.
import type { Program } from "../lang/elaborate/program.ts";
import type { HostArray } from "../targets/target.ts";
import { readWeight } from "./arrays.ts";
import { refuseNonFiniteWeight } from "./finite.ts";
import type { ArrayInput } from "./given.ts";
import { refuseUnknown } from "./names.ts";
import { checkBoolean, readEntries, type Checks } from "./options.ts";
import { readSafely } from "./describe-value.ts";
import type { WeightOptions, Weights } from "./types.ts";

export const WEIGHT_OPTIONS: Checks<WeightOptions> = { allowNonFinite: checkBoolean };

interface Model {
  readonly name: string;
  readonly program: Program;
  nameOf(weight: string): string;
}

interface Situation {
  /** Sizes from the shapes are added. */
  readonly sizes: Map<string, number>;
  readonly allowNonFinite: boolean;
}

/** Weights by their names in the graph. Throws a UserError if one does not fit. */
export function readWeights(
  model: Model,
  weights: Weights,
  { sizes, allowNonFinite }: Situation,
): ReadonlyMap<string, HostArray> {
  const known = model.program.parameters.map(({ name }) => model.nameOf(name));
  const given = weightsByName(weights, known);
  refuseUnknown(given.keys(), known, `\`${model.name}\` has no weight`);
  const read = new Map<string, HostArray>();
  for (const { name, type } of model.program.parameters) {
    const shown = model.nameOf(name);
    const array = given.get(shown);
    if (array === undefined) continue;
    const weight = readWeight(array, type.axes, shown, sizes);
    if (!allowNonFinite) refuseNonFiniteWeight(weight, shown);
    read.set(name, weight);
  }
  return read;
}

/** An object or a map. */
function weightsByName(weights: Weights, known: readonly string[]): ReadonlyMap<string, ArrayInput> {
  const form = `{ "${known[0] ?? "h.x"}": … }`;
  const named = ([name, array]: [unknown, ArrayInput]): [string, ArrayInput] => [String(name), array];
  return readSafely("`weights`", () =>
    isMap(weights) ? new Map([...weights].map(named)) : readEntries(weights, "`weights`", form),
  );
}

function isMap(weights: Weights): weights is ReadonlyMap<string, ArrayInput> {
  return weights instanceof Map;
}
