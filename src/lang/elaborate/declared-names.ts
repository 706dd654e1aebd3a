// Which names a body declares that have no equation: what it is given, and what it learns. States have an equation as well.
import type { Definition } from "../ast.ts";

const GIVEN = ["input", "target", "memory", "state", "param"] as const;

export function isGiven({ body }: Definition, name: string, kinds: readonly (typeof GIVEN)[number][] = GIVEN): boolean {
  return body.some(
    (statement) =>
      kinds.some((kind) => kind === statement.kind) &&
      "names" in statement &&
      statement.names.some((each) => each.name === name),
  );
}
