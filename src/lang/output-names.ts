// The names that `output` lists in a body, in order: those of `output h.f`, and those of an equation `output e = …`.
import type { Definition, OutputName, Statement } from "./ast.ts";

export function outputNames({ body }: Pick<Definition, "body">): readonly OutputName[] {
  return body.flatMap(namesIn);
}

function namesIn(statement: Statement): readonly OutputName[] {
  if (statement.kind === "output") return statement.names;
  if (statement.kind !== "equation" || !statement.isOutput) return [];
  return statement.names.map((name) => ({ ...name, value: { kind: "name", ...name } }));
}
