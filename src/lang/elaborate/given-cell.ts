// Cells as arguments: what is given for a parameter `C: cell`, and what `C` means in the body that has it.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Span } from "../../base/source.ts";
import type { Expression, Parameter } from "../ast.ts";
import { argumentsTwice, cellNotGiven, cellWithoutArguments, notACell } from "../messages-cells.ts";
import { modelAsCell, unknownName } from "../messages.ts";
import type { ScopedDefinition } from "../scope.ts";
import type { Call } from "./arguments.ts";
import type { Elaboration } from "./context.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { cellText, POISON, type GivenCell, type Value } from "./value.ts";

/** The cell that a name means as the callee of `C(64)`: a parameter that stands for a cell by its name, or a cell of the file. */
export function cellNamed(name: string, frame: Frame): ScopedDefinition | "open" | undefined {
  const given = frame.readCell(name);
  if (given !== undefined) return given.kind === "wiring" ? undefined : given.kind === "open" ? "open" : given.scoped;
  return frame.owns(name) ? undefined : frame.scope.definitions.get(name);
}

/** A cell by its name, or with its arguments; undefined if it is neither, which has been reported. */
export function readCell(expression: Expression, frame: Frame): GivenCell | undefined {
  if (expression.kind === "name") {
    const named = cellNamed(expression.name, frame);
    if (named === "open") return { kind: "open" };
    if (named?.definition.kind === "cell") return { kind: "named", scoped: named };
    if (named !== undefined) {
      frame.context.report(modelAsCell(expression.name, expression.span));
      return undefined;
    }
    const isUnknown = !frame.owns(expression.name) && !frame.scope.missing.has(expression.name);
    if (isUnknown) {
      frame.context.report(unknownName(expression.name, expression.span, cellNames(frame)));
      return undefined;
    }
  }
  const value = evaluate(expression, frame);
  if (value.kind === "wiring") return { kind: "wiring", wiring: value.wiring };
  if (value.kind !== "poison") frame.context.report(notACell(expression.span));
  return undefined;
}

/** The cell of a parameter that nobody gave: its default. A definition that is checked by itself may have none. */
export function declareCell(parameter: Parameter, frame: Frame): void {
  const { name, default: standard } = parameter;
  if (frame.cells.has(name.name)) return;
  if (standard === null) frame.context.open ??= cellNotGiven(frame.definition, name);
  frame.cells.set(name.name, (standard === null ? undefined : readCell(standard, frame)) ?? { kind: "open" });
}

/** The names of all cells that can be called here, for the nearest one. */
export function cellNames(frame: Frame): readonly string[] {
  return [...frame.cells.keys(), ...frame.scope.definitions.keys()];
}

/** `C(64)` of a `C` that was given with its arguments: the error. */
export function argumentsAgain({ callee, arguments: given, span }: Call, frame: Frame): Diagnostic | undefined {
  const cell = callee.kind === "name" ? frame.cells.get(callee.name) : undefined;
  if (callee.kind !== "name" || cell?.kind !== "wiring") return undefined;
  if (given.length === 0 || !given.every(({ value }) => isSize(value, frame))) return undefined;
  return argumentsTwice(callee.name, cellText(cell), span);
}

function isSize(expression: Expression, frame: Frame): boolean {
  if (expression.kind === "binary") return isSize(expression.left, frame) && isSize(expression.right, frame);
  return expression.kind === "number" || (expression.kind === "name" && frame.static(expression.name) !== undefined);
}

/** What a cell is as a value. */
export function cellAsValue(context: Elaboration, cell: GivenCell, name: string, span: Span): Value {
  if (cell.kind === "open") return POISON;
  if (cell.kind === "wiring") return cell;
  const { definition } = cell.scoped;
  return context.report(
    definition.kind === "model" ? modelAsCell(name, span) : cellWithoutArguments(name, definition, span),
  );
}
