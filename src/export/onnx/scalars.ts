// Scalar functions as ONNX operators. A composed function without an operator of its own is written as its formula.
import { fail } from "../../base/invariant.ts";
import type { Formula, Primitive } from "../../scalar/primitives.ts";
import { isPrimitive, SCALARS, type ScalarName, type ScalarRow } from "../../scalar/table.ts";
import { cast } from "./op-context.ts";
import type { Region } from "./region.ts";

type Write = (region: Region, operands: readonly string[]) => string;

function operator(name: string): Write {
  return (region, operands) => region.node(name, operands);
}

/** 1 where it holds, else 0. */
function comparison(name: string): Write {
  return (region, operands) => cast(region, region.node(name, operands), "float");
}

const PRIMITIVES: Readonly<Record<Primitive, Write>> = {
  add: operator("Add"),
  sub: operator("Sub"),
  mul: operator("Mul"),
  div: operator("Div"),
  pow: operator("Pow"),
  neg: operator("Neg"),
  min: operator("Min"),
  max: operator("Max"),
  mod: writeModulo,
  lt: comparison("Less"),
  le: comparison("LessOrEqual"),
  gt: comparison("Greater"),
  ge: comparison("GreaterOrEqual"),
  eq: comparison("Equal"),
  select: writeChoice,
  exp: operator("Exp"),
  log: operator("Log"),
  log1p: writeLog1p,
  sqrt: operator("Sqrt"),
  tanh: operator("Tanh"),
  sigmoid: operator("Sigmoid"),
  sin: operator("Sin"),
  cos: operator("Cos"),
  abs: operator("Abs"),
  sign: operator("Sign"),
  floor: operator("Floor"),
  erf: operator("Erf"),
};

/** Operators for composed functions. */
const COMPOSED: Partial<Record<ScalarName, Write>> = {
  relu: operator("Relu"),
};

/** The scalar function `name` of operands whose axes line up. */
export function writeScalar(name: ScalarName, region: Region, operands: readonly string[]): string {
  if (isPrimitive(name)) return PRIMITIVES[name](region, operands);
  const own = COMPOSED[name];
  if (own !== undefined) return own(region, operands);
  const row: ScalarRow = SCALARS[name];
  return row.kind === "composed"
    ? writeFormula(row.formula(), region, operands)
    : fail("onnx", `no operator for ${name}`);
}

function writeFormula(formula: Formula, region: Region, operands: readonly string[]): string {
  switch (formula.kind) {
    case "argument":
      return operands[formula.index] ?? fail("onnx", "an operand is missing");
    case "constant":
      return region.float(formula.value);
    case "result":
      return fail("onnx", "a formula cannot contain its own result");
    case "apply":
      return PRIMITIVES[formula.primitive](
        region,
        formula.arguments.map((each) => writeFormula(each, region, operands)),
      );
  }
}

/** ONNX's Mod of floats has the sign of C's fmod. */
function writeModulo(region: Region, [a = "", b = ""]: readonly string[]): string {
  const whole = region.node("Floor", [region.node("Div", [a, b])]);
  return region.node("Sub", [a, region.node("Mul", [b, whole])]);
}

function writeChoice(region: Region, [condition = "", a = "", b = ""]: readonly string[]): string {
  return region.node("Where", [cast(region, condition, "bool"), a, b]);
}

/** `log(u) · a / (u - 1)` for u = 1 + a, as rounded, is exact near 0; far from 0 `log(u)` is, also for ∞. */
function writeLog1p(region: Region, [a = ""]: readonly string[]): string {
  const one = region.float(1);
  const sum = region.node("Add", [a, one]);
  const log = region.node("Log", [sum]);
  const behind = region.node("Sub", [sum, one]);
  const near = region.node("Mul", [log, region.node("Div", [a, behind])]);
  const small = region.node("Where", [region.node("Equal", [behind, region.float(0)]), a, near]);
  return region.node("Where", [region.node("Greater", [a, one]), log, small]);
}
