// The memories that a cell declares.
import type { Definition, Identifier, Statement } from "./ast.ts";

export function memoriesOf(definition: Definition): readonly Identifier[] {
  return definition.body.flatMap((statement) => (statement.kind === "memory" ? statement.names : []));
}

export function memoryNames(definition: Definition): readonly string[] {
  return memoriesOf(definition).map(({ name }) => name);
}

/** `m` of `memory n: [time of m, K]`. */
export function timeOfType(
  statement: Extract<Statement, { kind: "input" | "target" | "memory" }>,
): Identifier | undefined {
  if (statement.kind !== "memory" || statement.type?.kind !== "array") return undefined;
  const [first] = statement.type.dimensions;
  return first?.kind === "time-of" ? first.memory : undefined;
}
