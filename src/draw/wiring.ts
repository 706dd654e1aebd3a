// Cells wired together, read off an expression: `stack(bidirectional(LSTM(H)), 2)` as layers, directions and cells.
import type { Definition, Expression } from "../lang/ast.ts";
import { formatExpression } from "../lang/format-expression.ts";
import type { FileScope } from "../lang/scope.ts";
import { numberOf, type Numbers } from "./reads.ts";

export type Wiring =
  | { readonly kind: "cell"; readonly definition: Definition; readonly numbers: Numbers; readonly label: string }
  | { readonly kind: "stack"; readonly layers: readonly Wiring[] }
  | { readonly kind: "bidirectional" | "reverse"; readonly inner: Wiring };

/** A cell applied: to which expressions, and which states and memories it was given by name. */
export interface Application {
  readonly wiring: Wiring;
  readonly positional: readonly Expression[];
  readonly named: ReadonlyMap<string, Expression>;
}

/** Where names are looked up: cells in the file, wirings among the model's equations, numbers among its parameters. */
export interface WiringScope {
  readonly file: FileScope;
  readonly equations: ReadonlyMap<string, Expression>;
  readonly numbers: Numbers;
}

/** More layers than this are drawn as one. */
const MOST_LAYERS = 8;

export function wiringOf(expression: Expression, scope: WiringScope): Wiring | null {
  if (expression.kind === "name") {
    const known = scope.equations.get(expression.name);
    return known === undefined ? cellOf(expression, [], scope) : wiringOf(known, scope);
  }
  if (expression.kind !== "call" || expression.callee.kind !== "name" || scope.equations.has(expression.callee.name))
    return null;
  const given = expression.arguments;
  const [first, second] = given.filter(({ name }) => name === null).map(({ value }) => value);
  const inner = first === undefined ? null : wiringOf(first, scope);
  switch (expression.callee.name) {
    case "bidirectional":
    case "reverse":
      return inner === null ? null : { kind: expression.callee.name, inner };
    case "stack": {
      if (inner === null) return null;
      const others = given.slice(1).flatMap(({ name, value }) => (name === null ? (wiringOf(value, scope) ?? []) : []));
      const count = second === undefined ? 1 : numberOf(second, scope.numbers);
      if (others.length > 0) return { kind: "stack", layers: [inner, ...others] };
      if (count !== undefined && count <= MOST_LAYERS)
        return { kind: "stack", layers: Array.from({ length: count }, () => inner) };
      return { kind: "stack", layers: [marked(inner, ` × ${second === undefined ? 1 : formatExpression(second)}`)] };
    }
    default:
      return cellOf(
        expression,
        given.map(({ name, value }) => [name?.name ?? null, value] as const),
        scope,
      );
  }
}

function marked(wiring: Wiring, mark: string): Wiring {
  switch (wiring.kind) {
    case "cell":
      return { ...wiring, label: wiring.label + mark };
    case "stack":
      return { ...wiring, layers: wiring.layers.map((layer) => marked(layer, mark)) };
    default:
      return { ...wiring, inner: marked(wiring.inner, mark) };
  }
}

function cellOf(
  expression: Expression,
  given: readonly (readonly [string | null, Expression])[],
  scope: WiringScope,
): Wiring | null {
  const name =
    expression.kind === "call" && expression.callee.kind === "name"
      ? expression.callee.name
      : expression.kind === "name"
        ? expression.name
        : "";
  const found = scope.file.definitions.get(name);
  if (found === undefined || found.definition.kind !== "cell") return null;
  const { definition } = found;
  const values = definition.parameters.flatMap((parameter, index) => {
    const value = given.find(([key], place) => key === parameter.name.name || (key === null && place === index))?.[1];
    const number =
      value === undefined
        ? parameter.default === null
          ? undefined
          : numberOf(parameter.default, new Map())
        : numberOf(value, scope.numbers);
    return number === undefined ? [] : [[parameter.name.name, number] as const];
  });
  return { kind: "cell", definition, numbers: new Map(values), label: formatExpression(expression) };
}

/** `LSTM(H)(x)`, `enc(x)` where `enc = GRU(H)`, `x |> LSTM(H)`; null for anything else. */
export function applicationOf(expression: Expression, scope: WiringScope): Application | null {
  if (expression.kind === "pipe") {
    const wiring = wiringOf(expression.right, scope);
    if (wiring !== null) return { wiring, positional: [expression.left], named: new Map() };
    const applied = applicationOf(expression.right, scope);
    return applied === null ? null : { ...applied, positional: [expression.left, ...applied.positional] };
  }
  if (expression.kind !== "call") return null;
  const isNamed =
    expression.callee.kind === "call" ||
    (expression.callee.kind === "name" && scope.equations.has(expression.callee.name));
  const wiring = isNamed ? wiringOf(expression.callee, scope) : null;
  if (wiring === null) return null;
  return {
    wiring,
    positional: expression.arguments.flatMap(({ name, value }) => (name === null ? [value] : [])),
    named: new Map(
      expression.arguments.flatMap(({ name, value }) => (name === null ? [] : [[name.name, value] as const])),
    ),
  };
}
