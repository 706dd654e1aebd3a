// Chooses a definition of a source: the one that is named, otherwise the first that fits. Reads values for its parameters.
import { UserError } from "../base/diagnostic.ts";
import type { Definition } from "../lang/ast.ts";
import type { Statics } from "../lang/elaborate/program.ts";
import { withCells, type CellSources } from "../lang/elaborate/set-cells.ts";
import type { FileScope, ScopedDefinition } from "../lang/scope.ts";
import { constant, type Dim } from "../shape/dim.ts";
import { refuseUnknown } from "./names.ts";
import { wrongValue } from "./options.ts";

/** The name of one of the source's own definitions, or of one that it uses from another file. */
export interface Choice {
  readonly cell?: string | undefined;
  readonly model?: string | undefined;
}

type Kind = Definition["kind"];

/** The named definition, otherwise the first of the source's own. Throws a UserError if there is none. */
export function chosenOrFirst(scope: FileScope, choice: Choice): ScopedDefinition {
  return named(scope, choice) ?? own(scope)[0] ?? none(scope, "cell or model");
}

/** The named model, otherwise the first of the source's own. Throws a UserError if there is none. */
export function chosenOrFirstModel(scope: FileScope, model: string | undefined): ScopedDefinition {
  return named(scope, { model }) ?? own(scope).find(isModel) ?? none(scope, "model");
}

/**
 * The named definition, otherwise the first model of the source, otherwise its first cell. A source without definitions of its own offers
 * those that it uses. Throws a UserError if there is none.
 */
export function chosenOrFitting(scope: FileScope, choice: Choice): ScopedDefinition {
  const mine = own(scope);
  const candidates = mine.length > 0 ? mine : [...scope.definitions.values()];
  return named(scope, choice) ?? candidates.find(isModel) ?? candidates[0] ?? none(scope, "cell or model");
}

function own(scope: FileScope): readonly ScopedDefinition[] {
  return [...scope.definitions.values()].filter((each) => each.scope === scope);
}

function isModel({ definition }: ScopedDefinition): boolean {
  return definition.kind === "model";
}

function none(scope: FileScope, what: string): never {
  throw new UserError(`${scope.file.source.name} has no ${what}`);
}

/** Undefined if the choice has no name. */
function named(scope: FileScope, { cell, model }: Choice): ScopedDefinition | undefined {
  const [name, kind]: [string | undefined, Kind] = model === undefined ? [cell, "cell"] : [model, "model"];
  if (name === undefined) return undefined;
  const found = scope.definitions.get(name);
  if (found?.definition.kind === kind) return found;
  const path = scope.file.source.name;
  if (found !== undefined) {
    const { kind: other } = found.definition;
    throw new UserError(`${path}: \`${name}\` is a ${other}, not a ${kind}: choose it by the option \`${other}\``);
  }
  const known = [...scope.definitions].flatMap(([each, { definition }]) => (definition.kind === kind ? [each] : []));
  refuseUnknown([name], known, `${path} has no ${kind}`);
  return undefined;
}

/** A definition with values for its parameters. */
export interface Parametrised {
  readonly definition: ScopedDefinition;
  readonly statics: Statics;
}

/**
 * Values for parameters by name, numbers and the texts of cells; the last one counts. Throws a UserError for a name that the definition does
 * not have or a value that the parameter cannot take, and a CompileError for a cell that is not found.
 */
export function withParameters(
  scoped: ScopedDefinition,
  given: Iterable<readonly [string, unknown]>,
  sources: CellSources,
): Parametrised {
  const { name: own, parameters } = scoped.definition;
  const values = new Map(given);
  const known = parameters.map(({ name }) => name.name);
  refuseUnknown(values.keys(), known, `\`${own.name}\` has no parameter`);
  const cells = new Map<string, string>();
  const statics = new Map<string, Dim>();
  for (const { name, kind } of parameters) {
    const value = values.get(name.name);
    if (value === undefined) continue;
    const label = `the parameter ${name.name}`;
    if (kind === "cell" && typeof value === "string") cells.set(name.name, value);
    else if (kind === "cell") throw wrongValue(label, value, 'a cell, as "GRU" or "GRU(64)"');
    else if (typeof value === "number" && Number.isFinite(value)) statics.set(name.name, constant(value));
    else throw wrongValue(label, value, "a number");
  }
  return { definition: withCells(scoped, cells, sources), statics };
}
