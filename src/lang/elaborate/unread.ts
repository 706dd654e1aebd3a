// Names of a body that nothing reads. An unread param is an error, because it would never learn; the rest are warnings.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Expression, Identifier, Statement } from "../ast.ts";
import { unusedParam } from "../messages.ts";
import { unreadName } from "../messages-statements.ts";
import type { Frame } from "./frame.ts";
import { namesRead } from "./order.ts";

/** Call this after a body was evaluated without errors: errors may hide what would be read. */
export function reportUnread(frame: Frame): void {
  const { context, definition } = frame;
  const isBroken = context.diagnostics.some((each) => each.severity === "error" && each.code !== "unused-param");
  if (isBroken) return;
  const named = new Set([...definition.body.flatMap(namedBy), ...definition.parameters.flatMap(defaultNames)]);
  const isUnread = ({ name }: Identifier): boolean => !frame.wasRead(name) && !named.has(name);
  const found = definition.body.flatMap((statement) => unreadIn(statement, frame, isUnread));
  const parameters = definition.parameters
    .filter((each) => isUnread(each.name))
    .map((each) => unreadName(`the parameter`, each.name, "remove it, or use it"));
  [...parameters, ...found].forEach((each) => context.report(each));
}

function unreadIn(statement: Statement, frame: Frame, isUnread: (name: Identifier) => boolean): readonly Diagnostic[] {
  switch (statement.kind) {
    case "param":
      return statement.names.filter((name) => !frame.wasRead(name.name)).map(unusedParam);
    case "const":
      return [statement.name].filter(isUnread).map((name) => unreadName("the constant", name, "remove it, or use it"));
    case "memory":
    case "target":
    case "input":
      // A cell runs as long as its input, even if it does not read the input.
      if (frame.isCell && statement.kind === "input") return [];
      return statement.names
        .filter(isUnread)
        .map((name) => unreadName(`the ${statement.kind}`, name, "remove it, or use it in an equation"));
    case "equation":
      // In a cell each equation can be read outside: `h.f`. One part of a `split` may be enough.
      if (frame.isCell || !statement.names.every(isUnread)) return [];
      return statement.names.slice(0, 1).map((name) => unreadName("", name, unreadHelp(name.name)));
    default:
      return [];
  }
}

function unreadHelp(name: string): string {
  return /loss|cost|error|penalty/i.test(name)
    ? `to train with it, write \`minimize ${name}\``
    : `to return it, write \`output ${name}\``;
}

/** Names that a statement mentions without reading them. */
function namedBy(statement: Statement): readonly string[] {
  if (statement.kind === "equation" && statement.isOutput) return statement.names.map(({ name }) => name);
  if (statement.kind === "output") return statement.names.flatMap(({ value }) => [...namesRead(value)]);
  return statement.kind === "predict" ? [...namesRead(nowOf(statement.target))] : [];
}

function nowOf(target: Expression): Expression {
  return target.kind === "delay" ? target.object : target;
}

/** A default that is not needed reads nothing. */
function defaultNames({ default: value }: { readonly default: Expression | null }): readonly string[] {
  return value === null ? [] : [...namesRead(value)];
}
