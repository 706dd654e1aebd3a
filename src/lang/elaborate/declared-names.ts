// Which names a body declares that have no equation: what it is given, and what it learns. States have an equation as well.
import type { Definition } from "../ast.ts";

const GIVEN = ["input", "target", "memory", "state", "param"] as const;

type Kind = (typeof GIVEN)[number];

/** Each name is asked for whenever it is read, and a body may have many. */
const kindsByDefinition = new WeakMap<Definition, ReadonlyMap<string, ReadonlySet<Kind>>>();

export function isGiven(definition: Definition, name: string, kinds: readonly Kind[] = GIVEN): boolean {
  const known = kindsByDefinition.get(definition) ?? kindsOf(definition);
  kindsByDefinition.set(definition, known);
  const own = known.get(name);
  return own !== undefined && kinds.some((kind) => own.has(kind));
}

function kindsOf({ body }: Definition): ReadonlyMap<string, ReadonlySet<Kind>> {
  const found = new Map<string, Set<Kind>>();
  for (const statement of body) {
    const kind = GIVEN.find((each) => each === statement.kind);
    if (kind === undefined || !("names" in statement)) continue;
    for (const { name } of statement.names) found.set(name, (found.get(name) ?? new Set()).add(kind));
  }
  return found;
}
