// The memories that a cell declares.
import type { Definition } from "./ast.ts";

export function memoryNames(definition: Definition): readonly string[] {
  return definition.body.flatMap((statement) =>
    statement.kind === "memory" ? statement.names.map((name) => name.name) : [],
  );
}
