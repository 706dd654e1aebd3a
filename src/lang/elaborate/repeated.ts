// Names that one body defines twice, by any kinds of statements. A state and its equation are one definition.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Definition, Expression, Identifier, Statement, TypeExpression } from "../ast.ts";
import { definedTwice } from "../messages.ts";

export function repeatedNames(definition: Definition): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const values = new Map<string, Identifier>();
  const states = new Map<string, Identifier>();
  const define = (name: Identifier, own: Map<string, Identifier>, other: Map<string, Identifier> | null): void => {
    const before = own.get(name.name) ?? other?.get(name.name);
    if (before === undefined) own.set(name.name, name);
    else found.push(definedTwice(name, before));
  };
  definition.parameters.forEach(({ name }) => define(name, values, states));
  for (const statement of definition.body) {
    for (const name of namesOf(statement)) {
      if (statement.kind === "state") define(name, states, values);
      else define(name, values, statement.kind === "equation" ? null : states);
    }
  }
  for (const name of introducedBy(definition)) {
    const other = values.get(name.name) ?? states.get(name.name);
    const isDimension = definition.parameters.some((each) => each.name === other) || isConst(definition, name.name);
    if (other !== undefined && !isDimension) found.push(definedTwice(...inOrder(name, other)));
  }
  return found;
}

function namesOf(statement: Statement): readonly Identifier[] {
  switch (statement.kind) {
    case "input":
    case "target":
    case "memory":
    case "state":
    case "param":
    case "equation":
      return statement.names;
    case "const":
      return [statement.name];
    case "output":
    case "predict":
    case "minimize":
    case "train":
      return [];
  }
}

function isConst(definition: Definition, name: string): boolean {
  return definition.body.some((statement) => statement.kind === "const" && statement.name.name === name);
}

/** The later one first, as `definedTwice` takes them. */
function inOrder(a: Identifier, b: Identifier): [Identifier, Identifier] {
  return a.span.start > b.span.start ? [a, b] : [b, a];
}

/** The names of dimensions in the types of inputs and memories, each at its first place. */
export function introducedBy(definition: Definition): readonly Identifier[] {
  const found = new Map<string, Identifier>();
  for (const statement of definition.body) {
    if (statement.kind !== "input" && statement.kind !== "target" && statement.kind !== "memory") continue;
    const names = statement.type === null ? [] : dimensionsOf(statement.type).flatMap(namesIn);
    for (const name of names) if (!found.has(name.name)) found.set(name.name, name);
  }
  return [...found.values()];
}

function dimensionsOf(type: TypeExpression): readonly Expression[] {
  switch (type.kind) {
    case "sequence":
      return dimensionsOf(type.element);
    case "token":
      return type.size === null ? [] : [type.size];
    case "array":
      return type.dimensions.filter((each) => each !== null && each.kind !== "time-of");
  }
}

function namesIn(expression: Expression): readonly Identifier[] {
  switch (expression.kind) {
    case "name":
      return [{ name: expression.name, span: expression.span }];
    case "binary":
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case "negate":
      return namesIn(expression.operand);
    default:
      return [];
  }
}
