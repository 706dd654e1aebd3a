// Weights as a user gives them, by name: known names, shapes that fit, finite numbers. All is right, or nothing is taken.
import type { Program } from "../lang/elaborate/program.ts";
import type { HostArray } from "../targets/target.ts";
import { placedWeight } from "./arrays.ts";
import { refuseNonFiniteWeight } from "./finite.ts";
import type { ArrayInput } from "./given.ts";
import { refuseUnknown } from "./names.ts";
import { aBoolean, entriesOf, type Checks } from "./options.ts";
import { reading } from "./shown.ts";
import type { WeightOptions, Weights } from "./types.ts";

export const WEIGHT_OPTIONS: Checks<WeightOptions> = { allowNonFinite: aBoolean };

interface Model {
  readonly name: string;
  readonly program: Program;
  nameOf(weight: string): string;
}

interface Situation {
  /** Grows by what the shapes tell. */
  readonly sizes: Map<string, number>;
  readonly allowNonFinite: boolean;
}

/** Weights by their names in the graph. Throws a UserError for what does not fit. */
export function placedWeights(
  model: Model,
  weights: Weights,
  { sizes, allowNonFinite }: Situation,
): ReadonlyMap<string, HostArray> {
  const known = model.program.parameters.map(({ name }) => model.nameOf(name));
  const given = weightsByName(weights, known);
  refuseUnknown(given.keys(), known, `\`${model.name}\` has no weight`);
  const placed = new Map<string, HostArray>();
  for (const { name, type } of model.program.parameters) {
    const shown = model.nameOf(name);
    const array = given.get(shown);
    if (array === undefined) continue;
    const put = placedWeight(array, type.axes, shown, sizes);
    if (!allowNonFinite) refuseNonFiniteWeight(put, shown);
    placed.set(name, put);
  }
  return placed;
}

/** An object or a map. */
function weightsByName(weights: Weights, known: readonly string[]): ReadonlyMap<string, ArrayInput> {
  const form = `{ "${known[0] ?? "h.x"}": … }`;
  const named = ([name, array]: [unknown, ArrayInput]): [string, ArrayInput] => [String(name), array];
  return reading("`weights`", () =>
    isMap(weights) ? new Map([...weights].map(named)) : entriesOf(weights, "`weights`", form),
  );
}

function isMap(weights: Weights): weights is ReadonlyMap<string, ArrayInput> {
  return weights instanceof Map;
}
