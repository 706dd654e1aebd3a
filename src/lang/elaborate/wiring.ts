// Cells and wirings as values: the results of calls such as `LSTM(128)`, `stack(C, 2)` or `reverse(C)`, not yet applied to anything.
import type { Dim } from "../../shape/dim.ts";
import type { Argument, Definition, Expression } from "../ast.ts";
import { cellForNumber } from "../messages-cells.ts";
import { extraArgument, missingArgument, modelAsCell, wrongType } from "../messages.ts";
import { argumentTwice } from "../messages-statements.ts";
import {
  calleeName,
  namedArgument,
  readArguments,
  readCountUpTo,
  readFlag,
  readShare,
  type Call,
} from "./arguments.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { cellNamed, readCell } from "./given-cell.ts";
import { MOST_APPLICATIONS } from "./application-stack.ts";
import { POISON, type GivenCell, type Value, type Wiring } from "./value.ts";

/** A wiring by name in a call: a cell, or `stack`, `bidirectional`, `reverse`. */
export function wiringNamed(name: string, frame: Frame): ((call: Call, frame: Frame) => Value) | undefined {
  const scoped = cellNamed(name, frame);
  if (scoped === "open") return unknownCell;
  if (scoped !== undefined) {
    return (call) => {
      if (scoped.definition.kind === "model") return frame.context.report(modelAsCell(name, call.callee.span));
      const given = readGiven(call, scoped.definition, frame);
      if (given === undefined) return POISON;
      const { definition, scope } = scoped;
      return { kind: "wiring", wiring: { kind: "cell", definition, scope, ...given, span: call.span } };
    };
  }
  if (frame.cells.has(name)) return undefined;
  if (name === "stack") return stack;
  if (name === "bidirectional" || name === "reverse") return turned(name);
  return undefined;
}

/** A call of a cell that is not given: only its arguments can be checked. */
function unknownCell(call: Call, frame: Frame): Value {
  for (const { value } of call.arguments) if (value.kind !== "name") evaluate(value, frame);
  return POISON;
}

/** The cell's arguments by their names: numbers and cells. */
interface Given {
  readonly statics: ReadonlyMap<string, Dim>;
  readonly cells: ReadonlyMap<string, GivenCell>;
}

/** The cell's arguments, by position, by name, or by default. */
function readGiven(call: Call, definition: Definition, frame: Frame): Given | undefined {
  const { context } = frame;
  const { parameters } = definition;
  const own = definition.name.name;
  const statics = new Map<string, Dim>();
  const cells = new Map<string, GivenCell>();
  const given = new Map<string, Argument>();
  let isRight = true;
  call.arguments.forEach((argument, index) => {
    const name = argument.name?.name ?? parameters[index]?.name.name;
    const parameter = parameters.find((each) => each.name.name === name);
    const before = given.get(name ?? "");
    if (name !== undefined) given.set(name, argument);
    const place = argument.name?.span ?? argument.value.span;
    if (name !== undefined && before !== undefined) {
      context.report(argumentTwice(name, place, before.value.span));
      isRight = false;
    } else if (parameter === undefined) {
      const what = argument.name === null ? `number ${index + 1}` : `\`${argument.name.name}\``;
      const names = parameters.map((each) => each.name.name);
      context.report(extraArgument(what, `\`${own}\``, place, names));
      isRight = false;
    } else if (parameter.kind === "cell") {
      const cell = readCell(argument.value, frame);
      if (cell !== undefined) cells.set(parameter.name.name, cell);
      isRight &&= cell !== undefined;
    } else {
      const size = readParameter(argument.value, { name: parameter.name.name, definition, call }, frame);
      if (size !== undefined) statics.set(parameter.name.name, size);
      isRight &&= size !== undefined;
    }
  });
  for (const { name, default: standard } of parameters) {
    if (standard !== null || given.has(name.name) || !isRight) continue;
    context.report(missingArgument(name.name, `\`${own}\``, call.span));
    isRight = false;
  }
  return isRight ? { statics, cells } : undefined;
}

interface ParameterOf {
  readonly name: string;
  readonly definition: Definition;
  readonly call: Call;
}

/** A number or a dimension. */
function readParameter(expression: Expression, { name, definition, call }: ParameterOf, frame: Frame): Dim | undefined {
  const { context } = frame;
  const isCell = expression.kind === "name" && cellNamed(expression.name, frame) !== undefined;
  const value: Value | "cell" = isCell ? "cell" : evaluate(expression, frame);
  if (value === "cell" || value.kind === "wiring") {
    context.report(cellForNumber(name, definition.name.name, expression.span));
    return undefined;
  }
  if (value.kind === "static") return value.value;
  if (value.kind !== "poison") {
    const callee = calleeName(call);
    const help = frame.cells.has(callee)
      ? `\`${callee}\` is the cell \`${definition.name.name}\` by its name; give it with its arguments: \`${definition.name.name}(64)\``
      : "apply the cell to sequences in a second call: `C(H)(x)`";
    context.report(wrongType(`\`${name}\` of a cell must be a number or a dimension`, expression.span, help));
  }
  return undefined;
}

function wiringOf(expression: Expression, frame: Frame): Wiring | undefined {
  const value = evaluate(expression, frame);
  if (value.kind === "wiring") return value.wiring;
  if (value.kind !== "poison")
    frame.context.report(wrongType("a cell is needed here", expression.span, "as in `stack(LSTM(H), 2)`"));
  return undefined;
}

function stack(call: Call, frame: Frame): Value {
  const { context } = frame;
  const positional = call.arguments.filter((argument) => argument.name === null).map((argument) => argument.value);
  const options = ["dropout", "residual", "shared", "n"];
  const unknown = call.arguments.find((argument) => argument.name !== null && !options.includes(argument.name.name));
  if (unknown?.name != null)
    return context.report(extraArgument(`\`${unknown.name.name}\``, "`stack`", unknown.name.span, options));
  const [first, ...rest] = positional;
  if (first === undefined) return context.report(missingArgument("cell", "`stack`", call.span));
  const inner = wiringOf(first, frame);
  if (inner === undefined) return POISON;
  const flag = (name: string): boolean => {
    const given = namedArgument(call, name);
    return given !== undefined && readFlag(given.value, frame, `\`${name}\``);
  };
  const share = namedArgument(call, "dropout")?.value;
  const dropout = share === undefined ? 0 : (readShare(share, frame) ?? 0);
  const layers = readLayers(inner, rest, namedArgument(call, "n")?.value, frame);
  if (layers === undefined) return POISON;
  const shared = flag("shared");
  if (shared && layers.some((layer) => layer !== inner)) {
    return context.report(
      wrongType("`shared = true` is for layers of one cell", call.span, "write `stack(C(H), n, shared = true)`"),
    );
  }
  return { kind: "wiring", wiring: { kind: "stack", layers, shared, dropout, residual: flag("residual") } };
}

/** `stack(C, n)` or `stack(A, B, …)`. */
function readLayers(
  first: Wiring,
  rest: readonly Expression[],
  named: Expression | undefined,
  frame: Frame,
): readonly Wiring[] | undefined {
  const [second] = rest;
  if (named !== undefined && second !== undefined) {
    const title = "`stack` takes one cell and a number of layers, or one cell for each layer";
    frame.context.report(wrongType(title, second.span, "write `stack(C, 2)` or `stack(A, B)`"));
    return undefined;
  }
  const countExpression = named ?? (rest.length === 1 ? second : undefined);
  const value = countExpression === undefined ? undefined : evaluate(countExpression, frame);
  if (countExpression !== undefined && (named !== undefined || value?.kind === "static")) {
    const count = readCountUpTo(MOST_APPLICATIONS, countExpression, frame, "the number of layers");
    return count === undefined ? undefined : Array.from({ length: count }, () => first);
  }
  const others = rest.map((expression) => wiringOf(expression, frame));
  const known = others.filter((wiring) => wiring !== undefined);
  return known.length < others.length ? undefined : [first, ...known];
}

function turned(kind: "bidirectional" | "reverse"): (call: Call, frame: Frame) => Value {
  return (call, frame) => {
    const expression = readArguments(call, frame, ["cell"])?.get("cell");
    const inner = expression === undefined ? undefined : wiringOf(expression, frame);
    return inner === undefined ? POISON : { kind: "wiring", wiring: { kind, inner } };
  };
}

/** Layers and directions of a cell, as a golden file gives them. */
export interface Layers {
  readonly layers: number;
  readonly bidirectional: boolean;
  /** Each layer runs from right to left. */
  readonly reverse?: boolean | undefined;
  /** Each layer adds what it is applied to, as `stack(…, residual = true)`. */
  readonly residual?: boolean | undefined;
}

/** A cell by itself, or in layers and directions. */
export function wired(cell: Wiring, wiring: Layers | undefined): Wiring {
  if (wiring === undefined) return cell;
  const directed: Wiring = wiring.bidirectional ? { kind: "bidirectional", inner: cell } : cell;
  const inner: Wiring = wiring.reverse === true ? { kind: "reverse", inner: directed } : directed;
  const layers = Array.from({ length: wiring.layers }, () => inner);
  return { kind: "stack", layers, shared: false, dropout: 0, residual: wiring.residual === true };
}
