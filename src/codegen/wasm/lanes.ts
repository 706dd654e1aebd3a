// The scalar table's functions, on four float32 lanes at once. Operands are locals: they may be read several times.
// Rare functions without a vector form (sin, cos, pow) call the host for each lane, in float64.
import { at, fail } from "../../base/invariant.ts";
import type { HostFunction, OwnLanes } from "../../scalar/columns.ts";
import type { Formula } from "../../scalar/primitives.ts";
import { SCALARS, type BinaryFunction, type ScalarRow, type UnaryFunction } from "../../scalar/table.ts";
import { range } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { erf, exp, log, sigmoid, tanh } from "./math.ts";
import type { Simd } from "./simd.ts";
import { call, type Expr, f32x4, func, i32x4, type ImportedFunc, laneOp, local, type Local, op } from "./tree.ts";

type Vector = Expr<"v128">;
type Value = Local<"v128">;

const ONE = f32x4(1);
const ZERO = f32x4(0);

/** 1 in the lanes where a comparison holds, otherwise 0. */
const flag = (mask: Vector): Vector => op("v128.and", mask, ONE);

/** A scalar function's value, by its column in the scalar table. */
export function scalarLanes(simd: Simd, name: UnaryFunction | BinaryFunction, operands: readonly Value[]): Vector {
  const row: ScalarRow = SCALARS[name];
  const { wasm } = row.targets ?? fail("wasm", `${name} has no columns`);
  const [a = fail("wasm", `${name} without operands`), b = a] = operands;
  switch (wasm.kind) {
    case "instruction":
      return op(`f32x4.${wasm.name}`, a);
    case "instruction-of-two":
      return op(`f32x4.${wasm.name}`, a, b);
    case "comparison":
      return flag(op(`f32x4.${wasm.name}`, a, b));
    case "own":
      return OWN[wasm.name](simd, a, b);
    case "host":
      return call(hostLanes(wasm.name, row.arity), ...operands);
    case "formula":
      return row.kind === "composed" ? ofFormula(row.formula(), operands) : fail("wasm", `${name} has no formula`);
  }
}

/** A formula whose functions are single instructions. */
function ofFormula(formula: Formula, operands: readonly Value[]): Vector {
  if (formula.kind === "argument") return at(operands, formula.index, "wasm");
  if (formula.kind === "constant") return f32x4(formula.value);
  if (formula.kind === "result") return fail("wasm", "a formula cannot contain its own result");
  const wasm = SCALARS[formula.primitive].targets?.wasm;
  const [a = ZERO, b = a] = formula.arguments.map((each) => ofFormula(each, operands));
  if (wasm?.kind === "instruction") return op(`f32x4.${wasm.name}`, a);
  return wasm?.kind === "instruction-of-two"
    ? op(`f32x4.${wasm.name}`, a, b)
    : fail("wasm", `${formula.primitive} is not one instruction`);
}

/** `a` where the condition is not 0, else `b`, of numbers or integers. */
export function selectLanes(condition: Value, a: Value, b: Value): Vector {
  return op("v128.bitselect", a, b, op("f32x4.ne", condition, ZERO));
}

export function convertLanes(to: "float" | "int", x: Value): Vector {
  return to === "float" ? op("f32x4.convert_i32x4_s", x) : op("i32x4.trunc_sat_f32x4_s", x);
}

/** A constant's bits in every lane. */
export function constantLanes(kind: "float32" | "int32", value: number): Vector {
  return kind === "float32" ? f32x4(value) : i32x4(value);
}

const sum = local("log1p.sum", "v128");
const small = local("log1p.x", "v128");

/** log(u) x / (u - 1) with u = 1 + x rounded: the factor corrects the rounding of u. */
function log1p(simd: Simd, x: Vector): Vector {
  const scaled = op("f32x4.div", small, op("f32x4.sub", sum, ONE));
  const value = op(
    "f32x4.mul",
    log(simd, sum),
    op("v128.bitselect", ONE, scaled, op("f32x4.eq", sum, f32x4(Infinity))),
  );
  return {
    kind: "sequence",
    type: "v128",
    body: [
      { kind: "set", type: "none", local: small, value: x },
      { kind: "set", type: "none", local: sum, value: op("f32x4.add", small, ONE) },
    ],
    value: op("v128.bitselect", small, value, op("f32x4.eq", sum, ONE)),
  };
}

function sign(x: Value): Vector {
  const value = op("f32x4.sub", flag(op("f32x4.gt", x, ZERO)), flag(op("f32x4.lt", x, ZERO)));
  return op("v128.bitselect", x, value, op("f32x4.ne", x, x));
}

function mod(a: Value, b: Value): Vector {
  return op("f32x4.sub", a, op("f32x4.mul", b, op("f32x4.floor", op("f32x4.div", a, b))));
}

const OWN: Readonly<Record<OwnLanes, (simd: Simd, a: Value, b: Value) => Vector>> = {
  exp,
  log,
  log1p,
  tanh,
  sigmoid,
  erf,
  sign: (_, x) => sign(x),
  mod: (_, a, b) => mod(a, b),
};

/** A function of the host for each lane, in float64. */
const hostLanes = memoize((name: HostFunction, arity: number) => {
  const params = range(arity).map(() => "f64" as const);
  const callee: ImportedFunc<readonly "f64"[], "f64"> = { kind: "import", module: "env", name, params, result: "f64" };
  const operands = range(arity).map((index) => local(arity === 1 ? "x" : at(["a", "b"], index, "wasm"), "v128"));
  const ofLane = (lane: number): Expr<"f64"> => call(callee, ...operands.map((operand) => laneAsDouble(operand, lane)));
  return func(`${name}Lanes`, operands, [], eachLane(ofLane));
});

function laneAsDouble(x: Vector, lane: number): Expr<"f64"> {
  return op("f64.promote_f32", laneOp("f32x4.extract_lane", [lane], x));
}

function eachLane(of: (lane: number) => Expr<"f64">): Vector {
  return range(4).reduce<Vector>(
    (vector, lane) => laneOp("f32x4.replace_lane", [lane], vector, op("f32.demote_f64", of(lane))),
    ZERO,
  );
}
