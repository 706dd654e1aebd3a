// The table of scalar functions: primitives, and functions composed of them by a formula. A new function is a row: here if it is a
// formula of others, otherwise in `primitives.ts`. A composed function may have columns too, if targets have better code than the formula.
import { defines, type Columns } from "./columns.ts";
import {
  apply,
  argument,
  number,
  PRIMITIVES,
  type Arity,
  type Formula,
  type Options,
  type Primitive,
  type PrimitiveRow,
} from "./primitives.ts";

/** `targets` is null if targets compute the formula. */
export interface ComposedRow<A extends Arity = Arity, T extends Columns | null = Columns | null> extends Options {
  readonly kind: "composed";
  readonly arity: A;
  readonly doc: string;
  readonly formula: () => Formula;
  /** Replaces the derivatives of the formula, if those are not right. */
  readonly derivatives?: () => readonly Formula[];
  readonly targets: T;
}

export type ScalarRow = PrimitiveRow | ComposedRow;

/** As a formula of `x`, or of all arguments. */
function composed<A extends Arity>(
  arity: A,
  doc: string,
  formula: (x: Formula) => Formula,
  { derivatives, ...options }: Options & { readonly derivatives?: (x: Formula) => readonly Formula[] } = {},
): ComposedRow<A, null> {
  const x = argument(0);
  const own = derivatives === undefined ? {} : { derivatives: () => derivatives(x) };
  return { kind: "composed", arity, doc, formula: () => formula(x), targets: null, ...own, ...options };
}

const times = (a: Formula, b: Formula): Formula => apply("mul", a, b);

const squared = (a: Formula): Formula => times(a, a);

function softplus(x: Formula): Formula {
  return apply("add", apply("max", x, number(0)), apply("log1p", apply("exp", apply("neg", apply("abs", x)))));
}

export const SCALARS = {
  ...PRIMITIVES,
  relu: {
    ...composed(1, "max(a, 0); derivative 0 at 0", (x) => apply("max", x, number(0)), {
      language: "relu",
      derivatives: (x) => [apply("gt", x, number(0))],
    }),
    targets: {
      wasm: { kind: "formula" },
      wgsl: defines("relu", "(x: f32) -> f32 { return select(0.0, x, x > 0.0 || isNan(x)); }"),
      tfjs: { kernel: "Relu" },
    },
  },
  square: {
    ...composed(1, "a²", (x) => apply("mul", x, x), { language: "square" }),
    targets: { wasm: { kind: "formula" }, wgsl: { text: (a = "") => `${a} * ${a}` }, tfjs: { kernel: "Square" } },
  },
  step: composed(1, "1 where a > 0, else 0", (x) => apply("gt", x, number(0)), { language: "step" }),
  silu: composed(1, "a * sigmoid(a)", (x) => apply("mul", x, apply("sigmoid", x)), { language: "silu" }),
  softplus: composed(1, "log(1 + exp(a)), without overflow", softplus, {
    language: "softplus",
    derivatives: (x) => [apply("sigmoid", x)],
  }),
  elu: composed(
    1,
    "a where a > 0, else exp(a) - 1",
    (x) =>
      apply("select", apply("gt", x, number(0)), x, apply("sub", apply("exp", apply("min", x, number(0))), number(1))),
    { language: "elu", derivatives: (x) => [apply("exp", apply("min", x, number(0)))] },
  ),
  gelu: composed(
    1,
    "a · Φ(a), exact",
    (x) => times(times(number(0.5), x), apply("add", number(1), apply("erf", times(x, number(Math.SQRT1_2))))),
    { language: "gelu" },
  ),
  leakyrelu: composed(
    2,
    "a where a > 0, else slope * a; derivative slope at 0",
    (x) => apply("select", apply("gt", x, number(0)), x, times(argument(1), x)),
    {
      language: "leakyrelu",
      defaults: [0.01],
      derivatives: (x) => [
        apply("select", apply("gt", x, number(0)), number(1), argument(1)),
        apply("min", x, number(0)),
      ],
    },
  ),
  hardsigmoid: composed(
    2,
    "slope * a + 1/2, within [0, 1]",
    (x) => apply("min", apply("max", apply("add", times(argument(1), x), number(0.5)), number(0)), number(1)),
    { language: "hardsigmoid", defaults: [1 / 6] },
  ),
  hardtanh: composed(1, "a within [-1, 1]", (x) => apply("min", apply("max", x, number(-1)), number(1)), {
    language: "hardtanh",
  }),
  softsign: composed(1, "a / (1 + |a|)", (x) => apply("div", x, apply("add", number(1), apply("abs", x))), {
    language: "softsign",
    derivatives: (x) => [apply("div", number(1), squared(apply("add", number(1), apply("abs", x))))],
  }),
  mish: composed(1, "a * tanh(softplus(a))", (x) => times(x, apply("tanh", softplus(x))), {
    language: "mish",
    derivatives: (x) => {
      const gate = apply("tanh", softplus(x));
      return [apply("add", gate, times(times(x, apply("sigmoid", x)), apply("sub", number(1), squared(gate))))];
    },
  }),
  clamp: composed(3, "a within [lo, hi]", (x) => apply("min", apply("max", x, argument(1)), argument(2)), {
    language: "clamp",
    choosesFrom: 0,
  }),
} as const;

export type ScalarName = keyof typeof SCALARS;
type NameWhere<Row> = { [N in ScalarName]: (typeof SCALARS)[N] extends Row ? N : never }[ScalarName];

/** Functions of one operand, and of two, that every target has code or a kernel for. */
export type UnaryFunction = NameWhere<{ readonly arity: 1; readonly targets: Columns }>;
export type BinaryFunction = NameWhere<{ readonly arity: 2; readonly targets: Columns }>;

export function isScalar(name: string): name is ScalarName {
  return name in SCALARS;
}

export function isUnary(name: ScalarName): name is UnaryFunction {
  return SCALARS[name].arity === 1 && SCALARS[name].targets !== null;
}

export function isBinary(name: ScalarName): name is BinaryFunction {
  return SCALARS[name].arity === 2 && SCALARS[name].targets !== null;
}

export function isPrimitive(name: ScalarName): name is Primitive {
  return SCALARS[name].kind === "primitive";
}
