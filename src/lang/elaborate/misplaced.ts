// Statements and types that would do nothing in their place: a cell's in a model, a model's in a cell, `seq` where a step is read.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Definition, Expression, Identifier, Statement, TimeOf } from "../ast.ts";
import {
  equationCalledOutput,
  memoryWithoutSequence,
  misplacedScaled,
  misplacedStatement,
  outputTwice,
  sequenceInCell,
} from "../messages-statements.ts";
import { outputNames } from "../output-names.ts";

export function misplaced(definition: Definition): readonly Diagnostic[] {
  const found = definition.body.flatMap((statement) => {
    const whole = misplacedStatement(statement.kind, definition.kind, statement.span);
    if (whole !== undefined) return [whole];
    return definition.kind === "cell" ? [...wrongSequence(statement), ...scaledInCell(statement)] : [];
  });
  return [...found, ...outputsTwice(definition), ...outputAsEquation(definition)];
}

/** `output = h` is an equation of that name, and not the output of a cell. */
function outputAsEquation({ kind, body }: Definition): readonly Diagnostic[] {
  if (kind !== "cell" || outputNames({ body }).length > 0) return [];
  return body.flatMap((statement) => {
    const name = statement.kind === "equation" ? statement.names.find((each) => each.name === "output") : undefined;
    return name === undefined ? [] : [equationCalledOutput(name.span)];
  });
}

/** The names that a misplaced statement declares: they cause no further errors. */
export function misplacedNames(definition: Definition): readonly Identifier[] {
  return definition.body.flatMap((statement) => {
    const isWrong = misplacedStatement(statement.kind, definition.kind, statement.span) !== undefined;
    return isWrong && "names" in statement ? statement.names : [];
  });
}

function wrongSequence(statement: Statement): readonly Diagnostic[] {
  if ((statement.kind !== "input" && statement.kind !== "memory") || statement.type === null) return [];
  const [name] = statement.names;
  const { type } = statement;
  const isAlongOther = statement.kind === "memory" && type.kind === "array" && type.dimensions.some(isTime);
  const isSequence = type.kind === "sequence" || isAlongOther;
  if (name === undefined || isSequence === (statement.kind === "memory")) return [];
  const { span } = type;
  return [statement.kind === "input" ? sequenceInCell(name.name, span) : memoryWithoutSequence(name.name, span)];
}

function isTime(dimension: Expression | TimeOf | null): boolean {
  return dimension?.kind === "time-of";
}

/** Data belong to a model. */
function scaledInCell(statement: Statement): readonly Diagnostic[] {
  const isScaled = (statement.kind === "input" || statement.kind === "memory") && statement.isScaled;
  return isScaled ? [misplacedScaled(statement.kind, statement.span)] : [];
}

function outputsTwice(definition: Definition): readonly Diagnostic[] {
  const seen = new Map<string, Identifier>();
  return outputNames(definition).flatMap((name) => {
    const before = seen.get(name.name);
    if (before === undefined) seen.set(name.name, name);
    return before === undefined ? [] : [outputTwice(name, before)];
  });
}
