// A definition with its equations in another order, and so those of all cells that it may apply.
import { permutation } from "../../src/base/random.ts";
import type { Definition } from "../../src/lang/ast.ts";
import type { FileScope, ScopedDefinition } from "../../src/lang/scope.ts";

/** Given how many there are, their order. */
export type Order = (count: number) => ArrayLike<number>;

export const reversed: Order = (count) => Array.from({ length: count }, (_, index) => count - 1 - index);

export function shuffled(seed: number): Order {
  return (count) => permutation(count, seed, "equations");
}

function reorderedDefinition(definition: Definition, order: Order): Definition {
  const equations = definition.body.filter((statement) => statement.kind === "equation");
  const places = order(equations.length);
  let next = 0;
  const body = definition.body.map((statement) =>
    statement.kind === "equation" ? (equations[places[next++] ?? -1] ?? statement) : statement,
  );
  return { ...definition, body };
}

export function reordered(given: ScopedDefinition, order: Order): ScopedDefinition {
  const scopes = new Map<FileScope, FileScope>();
  const scopeOf = (scope: FileScope): FileScope => {
    const known = scopes.get(scope);
    if (known !== undefined) return known;
    const definitions = new Map<string, ScopedDefinition>();
    const made: FileScope = { file: scope.file, definitions, missing: scope.missing, lossCells: scope.lossCells };
    scopes.set(scope, made);
    for (const [name, each] of scope.definitions) definitions.set(name, definitionOf(each));
    return made;
  };
  const definitionOf = ({ definition, scope }: ScopedDefinition): ScopedDefinition => ({
    definition: reorderedDefinition(definition, order),
    scope: scopeOf(scope),
  });
  return definitionOf(given);
}
