// A golden file that fits a program: the arrays to run with, and the arrays to compare. What cells and models have in common.
import { UserError } from "../base/diagnostic.ts";
import type { GradientRequest } from "../grad/gradient.ts";
import { shortPath } from "../graph/border.ts";
import type { Program, Statics } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { constant } from "../shape/dim.ts";
import type { HostArray } from "../targets/target.ts";
import type { Expected } from "./compare.ts";
import { host } from "./golden-arrays.ts";
import type { Golden, GoldenArray } from "./golden.ts";

export interface Case {
  readonly program: Program;
  /** Arrays by the names of the graph's inputs. */
  readonly values: ReadonlyMap<string, HostArray>;
  readonly expected: readonly Expected[];
  /** Null if the file has no gradients. */
  readonly request: GradientRequest | null;
}

/** The values of the definition's parameters. Throws a UserError for a name that it does not have. */
export function argumentsOf({ definition }: ScopedDefinition, { args }: Golden): Statics {
  const unknown = Object.keys(args).find((name) => definition.parameters.every((each) => each.name.name !== name));
  if (unknown !== undefined)
    throw new UserError(`the file has the argument \`${unknown}\`, which \`${definition.name.name}\` does not take`);
  return new Map(Object.entries(args).map(([name, value]) => [name, constant(value)]));
}

/** Adds every weight. `programName`: the program's name of a weight by the file's. Throws a UserError for an unknown and a missing one. */
export function addWeights(
  { name: own, parameters }: Program,
  arrays: Readonly<Record<string, GoldenArray>>,
  programName: (name: string) => string,
  values: Map<string, HostArray>,
): void {
  const known = new Set(parameters.map(({ name }) => name));
  for (const [name, array] of Object.entries(arrays)) {
    const inner = programName(name);
    if (!known.has(inner)) throw new UserError(`the file has the weight \`${name}\`, which \`${own}\` does not have`);
    values.set(inner, host(array));
  }
  refuseMissing("weight", known, values);
}

/** Throws a UserError that names the first of `names` that the file does not have. */
export function refuseMissing(what: string, names: Iterable<string>, values: ReadonlyMap<string, HostArray>): void {
  const missing = [...names].find((name) => !values.has(name));
  if (missing !== undefined) throw new UserError(`the file does not have the ${what} \`${shortPath(missing)}\``);
}
