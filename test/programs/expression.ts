// Random expressions of an expected shape over what a body can read. The same forms serve cells and models; what a result depends on, as
// `Value` says it, is that of its parts.
import type { Choices } from "./choices.ts";
import { hasShape, written, type Value } from "./scope.ts";

export interface Scope {
  readonly choices: Choices;
  readonly values: readonly Value[];
  /** How a size is written here. */
  readonly size: (size: number) => string;
  /** Called where the value of an expression is finite only because an input is above 0. */
  readonly needsPositive?: () => void;
  /** Forms that only this kind of body has. */
  readonly more: (scope: Scope, shape: readonly number[], depth: number) => readonly (() => Value | undefined)[];
}

const SMOOTH = [
  "tanh($1)",
  "sigmoid($1)",
  "sin($1)",
  "softplus($1)",
  "silu($1)",
  "gelu($1)",
  "mish($1)",
  "softsign($1)",
  "exp(-softplus($1))",
] as const;
/** With a corner somewhere: differences across it are not the gradient. */
const CORNERED = [
  "relu($1)",
  "abs($1)",
  "max($1, 0.3)",
  "clamp($1, -0.4, 0.4)",
  "leakyrelu($1)",
  "leakyrelu($1, 0.3)",
  "hardsigmoid($1, 0.4)",
  "hardtanh(2 * $1)",
  "where($1 > 0.2, $1, 0.5 * $1)",
] as const;
/** Not finite at 0, which an input never is at a real step. */
const SINGULAR = ["log($1)", "sqrt($1)", "($1 ^ -1)", "(1 / $1)", "(log($1) / $1)"] as const;
const VECTOR = [
  "softmax($1)",
  "layernorm($1)",
  "logsoftmax($1)",
  "cumsum($1)",
  "cumprod(0.5 + tanh($1))",
  "rmsnorm($1)",
  "cummax($1)",
  "sort($1)",
  "($1 / (0.5 + sum(square($1), axis = -1)))",
] as const;
const TO_SCALAR = [
  "sum($1, axis = -1)",
  "mean($1, axis = -1)",
  "logsumexp($1, axis = -1)",
  "var($1, axis = -1)",
  "norm($1 + 2, axis = -1)",
  "max($1, axis = -1)",
  "dot($1, $1)",
] as const;

/** What a result is that is computed from `parts` at one step. */
export function combined(template: string, parts: readonly Value[], shape: readonly number[]): Value {
  const times = parts.flatMap(({ time }) => (time === undefined ? [] : [time]));
  const time = times.includes("x") ? ("x" as const) : times[0];
  const isReadAgain = time === "x" && parts.some((each) => each.time === undefined && each.isReduced === true);
  return {
    text: written(template, ...parts),
    shape,
    ...(time === undefined ? {} : { time }),
    isWhole: isReadAgain || parts.some((each) => each.isWhole === true),
    isReduced: parts.some((each) => each.isReduced === true),
  };
}

/** `value`, or something above 0 that is computed from it. */
export function positive(value: Value): Value {
  return value.isPositive === true ? value : combined("(0.5 + sigmoid($1))", [value], value.shape);
}

/** Something of this shape: what can be read, or computed from it. */
export function expression(scope: Scope, shape: readonly number[], depth: number): Value {
  const { choices, values } = scope;
  const leaf = choices.any(values.filter(hasShape(shape)));
  if (depth <= 0) return leaf ?? filled(scope, shape);
  const forms = formsFor(scope, shape, depth);
  const made = choices.chance(15) ? leaf : choices.any(forms)?.();
  return made ?? leaf ?? filled(scope, shape);
}

/** Something of a shape that nothing has: made of a vector or a scalar by `linear`. */
function filled(scope: Scope, shape: readonly number[]): Value {
  const { choices, values, size } = scope;
  const from = choices.any(values.filter((each) => each.tokens === undefined && each.shape.length <= 1));
  if (from === undefined) return { text: () => (shape.length === 0 ? "0.5" : `${0.5} + 0 * range(1)`), shape };
  const out = `[${shape.map(size).join(", ")}]`;
  return combined(`linear($1, out = ${out})`, [from], shape);
}

function formsFor(scope: Scope, shape: readonly number[], depth: number): readonly (() => Value | undefined)[] {
  const { choices, values } = scope;
  const inner = (of: readonly number[] = shape): Value => expression(scope, of, depth - 1);
  const of = (templates: readonly [string, ...string[]], ...parts: readonly Value[]): Value =>
    combined(choices.pick(templates), parts, shape);
  const positive = (): Value | undefined => {
    scope.needsPositive?.();
    return choices.any(values.filter((each) => each.isPositive === true && hasShape(shape)(each)));
  };
  const shared: readonly (() => Value | undefined)[] = [
    () => of(SMOOTH, inner()),
    () => of(["($1 + $2)", "($1 - $2)", "($1 * $2)"], inner(), inner()),
    () => of(["(tanh($1 + $2) * $2)", "(0.5 * $1 + 0 * $2)"], inner(), inner()),
    () => of(CORNERED, inner()),
    () => {
      const value = positive();
      return value === undefined ? undefined : of(SINGULAR, value);
    },
    () => {
      const value = positive();
      return value === undefined ? undefined : of(["($2 / $1)", "($2 + log($1))"], value, inner());
    },
  ];
  return [...shared, ...byRank(scope, shape, inner), ...scope.more(scope, shape, depth)];
}

function byRank(
  scope: Scope,
  shape: readonly number[],
  inner: (shape?: readonly number[]) => Value,
): readonly (() => Value | undefined)[] {
  const { choices, values, size } = scope;
  const leafOf = (fits: (value: Value) => boolean): Value | undefined => choices.any(values.filter(fits));
  const vector = (): Value => inner([choices.pick([2, 3])]);
  const [first, second] = shape;
  if (first === undefined) {
    return [
      () => combined(choices.pick(TO_SCALAR), [vector()], shape),
      () => combined("linear($1, $2, out = [])", [vector(), inner([])], shape),
    ];
  }
  if (second !== undefined) {
    return [
      () => combined("outer($1, $2)", [inner([first]), inner([second])], shape),
      () => combined("(expand($1, axis = -1) * $2)", [inner([first]), inner()], shape),
      () => combined("(diag($1) @ $2 / (2 + norm($2, axis = 0, keep = true)))", [inner([first]), inner()], shape),
      () => combined("($1 * $2)", [inner([]), inner()], shape),
      () => combined(`transpose($1)`, [inner([second, first])], shape),
    ];
  }
  const n = first;
  return [
    () => combined(choices.pick(VECTOR), [inner()], shape),
    () => combined(`linear($1, $2, out = ${size(n)})`, [vector(), inner()], shape),
    () => combined(`linear(0 * $1, $2, out = ${size(n)})`, [vector(), vector()], shape),
    () => combined("($1 * $2)", [inner([]), inner()], shape),
    () => (n < 2 ? undefined : combined(`concat(($1)[0:1], ($2)[1:${size(n)}])`, [inner(), inner()], shape)),
    () => {
      const matrix = leafOf((each) => each.shape.length === 2 && each.shape[0] === n);
      return matrix === undefined ? undefined : combined("($1 @ $2)", [matrix, inner([matrix.shape[1] ?? 1])], shape);
    },
    () => looked(scope, inner, n),
    () => {
      const token = leafOf((each) => each.tokens !== undefined);
      return token === undefined ? undefined : combined(`embed($1, ${size(n)})`, [token], shape);
    },
  ];
}

/** A row of a table, which may be computed, a weight or a state. */
function looked(scope: Scope, inner: (shape?: readonly number[]) => Value, n: number): Value | undefined {
  const { choices, values } = scope;
  const token = choices.any(values.filter((each) => each.tokens !== undefined));
  if (token?.tokens === undefined) return undefined;
  const table = inner([token.tokens, n]);
  const one = combined("lookup($1, $2)", [table, token], [n]);
  const other = combined("(onehot($2) @ ($1))", [table, token], [n]);
  return { ...one, text: (style) => (style.spellsLookup ? other : one).text(style) };
}
