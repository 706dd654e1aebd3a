// The op table's functions of numbers, on four float32 lanes at once. Operands are locals: they may be read several times.
// What is rare and has no vector form here (sin, cos, pow) asks the host, lane by lane, in float64.
import type { BinaryFunction, UnaryFunction } from "../../ops/tensor-ops.ts";
import { range } from "./arithmetic.ts";
import { keep } from "./keep.ts";
import { erf, exp, log, sigmoid, tanh } from "./math.ts";
import type { Simd } from "./simd.ts";
import { call, type Expr, f32x4, func, i32x4, type ImportedFunc, laneOp, local, type Local, op } from "./tree.ts";

type Vector = Expr<"v128">;
type Value = Local<"v128">;

const ONE = f32x4(1);
const ZERO = f32x4(0);

/** Where a comparison holds 1, otherwise 0. */
const flag = (mask: Vector): Vector => op("v128.and", mask, ONE);

export function unaryLanes(simd: Simd, name: UnaryFunction, x: Value): Vector {
  switch (name) {
    case "neg":
      return op("f32x4.neg", x);
    case "exp":
      return exp(simd, x);
    case "log":
      return log(simd, x);
    case "log1p":
      return log1p(simd, x);
    case "sqrt":
      return op("f32x4.sqrt", x);
    case "tanh":
      return tanh(simd, x);
    case "sigmoid":
      return sigmoid(simd, x);
    case "relu":
      return op("f32x4.max", x, ZERO);
    case "abs":
      return op("f32x4.abs", x);
    case "floor":
      return op("f32x4.floor", x);
    case "square":
      return op("f32x4.mul", x, x);
    case "sign": {
      const sign = op("f32x4.sub", flag(op("f32x4.gt", x, ZERO)), flag(op("f32x4.lt", x, ZERO)));
      return op("v128.bitselect", x, sign, op("f32x4.ne", x, x));
    }
    case "softplus":
      return op("f32x4.add", op("f32x4.max", x, ZERO), log1p(simd, exp(simd, op("f32x4.neg", op("f32x4.abs", x)))));
    case "elu": {
      const below = op("f32x4.sub", exp(simd, op("f32x4.min", x, ZERO)), ONE);
      return op("v128.bitselect", x, below, op("f32x4.gt", x, ZERO));
    }
    case "erf":
      return erf(simd, x);
    case "sin":
    case "cos":
      return call(hostLanes(name), x);
  }
}

export function binaryLanes(name: BinaryFunction, a: Value, b: Value): Vector {
  switch (name) {
    case "add":
    case "sub":
    case "mul":
    case "div":
    case "min":
    case "max":
      return op(`f32x4.${name}`, a, b);
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "eq":
      return flag(op(`f32x4.${name}`, a, b));
    case "mod":
      return op("f32x4.sub", a, op("f32x4.mul", b, op("f32x4.floor", op("f32x4.div", a, b))));
    case "pow":
      return call(hostPower(), a, b);
  }
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

/** log(u) x / (u - 1) with u = 1 + x rounded: what rounding took from u is given back. */
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

const HOST = { kind: "import", module: "env" } as const;

const hostLanes = keep((name: "sin" | "cos") => {
  const ofOne: ImportedFunc<readonly ["f64"], "f64"> = { ...HOST, name, params: ["f64"], result: "f64" };
  const x = local("x", "v128");
  return func(
    `${name}Lanes`,
    [x],
    [],
    eachLane((lane) => call(ofOne, laneAsDouble(x, lane))),
  );
});

const hostPower = keep(() => {
  const ofTwo: ImportedFunc<readonly ["f64", "f64"], "f64"> = {
    ...HOST,
    name: "pow",
    params: ["f64", "f64"],
    result: "f64",
  };
  const [a, b] = [local("a", "v128"), local("b", "v128")];
  return func(
    "powLanes",
    [a, b],
    [],
    eachLane((lane) => call(ofTwo, laneAsDouble(a, lane), laneAsDouble(b, lane))),
  );
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
