// The assembler: wabt reads our text and must arrive at our bytes, for every instruction and every kind of node; what runs
// gives what it should. `npm run bless` rewrites the golden texts.
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import loadWabt from "wabt";
import { plus, range, repeat, times } from "../../src/codegen/wasm/arithmetic.ts";
import { barrier } from "../../src/codegen/wasm/barrier.ts";
import { encode } from "../../src/codegen/wasm/encode.ts";
import { gemm } from "../../src/codegen/wasm/gemm.ts";
import { gemmTransposed } from "../../src/codegen/wasm/gemm-transposed.ts";
import { mathFunction } from "../../src/codegen/wasm/math.ts";
import { type OpName, OPS, rowOf } from "../../src/codegen/wasm/opcodes.ts";
import { packTransposed } from "../../src/codegen/wasm/pack.ts";
import { print } from "../../src/codegen/wasm/print.ts";
import { tile } from "../../src/codegen/wasm/tile.ts";
import {
  block,
  br,
  call,
  drop,
  type Expr,
  f32,
  f64,
  func,
  type Func,
  i32,
  i64,
  type ImportedFunc,
  lanes,
  load,
  local,
  loop,
  type Memory,
  op,
  ret,
  select,
  sequence,
  set,
  store,
  tee,
  when,
} from "../../src/codegen/wasm/tree.ts";
import { running } from "../support/wasm.ts";

const isBlessing = process.env["BLESS"] === "1";
const wabt = await loadWabt();
const memory: Memory = { module: "env", name: "memory", minimum: 1, maximum: 4, shared: true };

/** The bytes that wabt makes of our text: everything but the names. */
function fromText(text: string): Uint8Array {
  const parsed = wabt.parseWat("module.wat", text, {
    threads: true,
    simd: true,
    relaxed_simd: true,
    bulk_memory: true,
  });
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  return buffer;
}

function withoutNames(bytes: Uint8Array): Uint8Array {
  const name = [4, ...new TextEncoder().encode("name")];
  const at = bytes.findIndex((_, start) => name.every((byte, index) => bytes[start + index] === byte));
  expect(bytes[at - 2] === 0 || bytes[at - 3] === 0).toBe(true);
  return bytes.slice(0, bytes[at - 2] === 0 ? at - 2 : at - 3);
}

function expectSameBytes(exports: readonly Func[]): void {
  const bytes = encode({ memory, exports });
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect(fromText(print({ memory, exports }))).toEqual(withoutNames(bytes));
}

function namesOf<T extends object>(table: T): readonly (keyof T & string)[] {
  return Object.keys(table).filter((key): key is keyof T & string => key in table);
}

/** A function of an instruction's operands that does nothing else. */
function only(name: OpName): Func {
  const { params, result, lanes: count = 0, align } = rowOf(name);
  const locals = params.map((type, index) => local(`operand${index}`, type));
  const node: Expr = {
    kind: "op",
    name,
    type: result,
    operands: locals,
    offset: align === undefined ? 0 : 300,
    lanes: range(count).map((lane) => (lane === 0 ? 1 : lane)),
  };
  const base = { kind: "func", name: "only", params, locals, result } as const;
  return node.type === "none"
    ? { ...base, body: [{ ...node, type: "none" }], value: undefined }
    : { ...base, body: [], value: node };
}

describe("instructions", () => {
  test.each(namesOf(OPS))("%s has the bytes that wabt gives it, and is valid", (name) => expectSameBytes([only(name)]));

  test("constants keep every bit", () => {
    const floats = [0, -0, 1, -1.5, 0.1, 1e-45, 3.4028235e38, 1e-7, 16777217, NaN, Infinity, -Infinity, Math.PI];
    const integers = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)];
    const wide = [...integers, 2 ** 31, 2 ** 40 + 3, -(2 ** 45) - 5];
    const vectors = [lanes("f32x4", [-0, 0.1, NaN, 1e10]), lanes("i32x4", [-1, 2, -(2 ** 31), 7])];
    expectSameBytes([
      func(
        "constants",
        [],
        [
          ...floats.flatMap((value) => [f32(value), f64(value)]),
          ...integers.map(i32),
          ...wide.map(i64),
          ...vectors,
        ].map(drop),
      ),
    ]);
  });
});

/** One of each kind of node: how often a number is halved or tripled until it is 1, told to the host at every step. */
function everyKind(): Func {
  const report: ImportedFunc<readonly ["i32"], "none"> = {
    kind: "import",
    module: "env",
    name: "report",
    params: ["i32"],
    result: "none",
  };
  const n = local("n", "i32");
  const steps = local("steps", "i32");
  const isOdd = op("i32.and", n, i32(1));
  const half = func("half", [n], [], op("i32.shr_u", n, i32(1)));
  return func(
    "collatz",
    [n],
    [
      when(op("i32.eqz", n), [ret(i32(-1))]),
      block("done", [
        loop("next", [
          call(report, n),
          br("done", op("i32.eq", n, i32(1))),
          set(
            n,
            select(
              isOdd,
              sequence([set(local("three", "i32"), times(n, 3))], plus(local("three", "i32"), 1)),
              call(half, n),
            ),
          ),
          when(op("i32.lt_s", tee(steps, plus(steps, 1)), i32(1000)), [br("next")], [drop(n)]),
        ]),
      ]),
      store("i32.store", i32(0), steps, 16),
    ],
    load("i32.load", i32(16)),
  );
}

describe("programs", () => {
  test("one of each kind of node runs, and has wabt's bytes", () => {
    const told: number[] = [];
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
    const module = new WebAssembly.Module(encode({ memory, exports: [everyKind()] }));
    const report = (value: number): number => told.push(value);
    const { collatz } = new WebAssembly.Instance(module, { env: { memory: shared, report } }).exports;
    expect(collatz?.(6)).toBe(8);
    expect(told).toEqual([6, 3, 10, 5, 16, 8, 4, 2, 1]);
    expect(collatz?.(0)).toBe(-1);
    expectSameBytes([everyKind()]);
  });

  test("wabt's reading of our text runs as our bytes do", () => {
    const n = local("n", "i32");
    const sum = local("sum", "f32");
    const at = local("at", "i32");
    const total = func(
      "total",
      [at, n],
      [repeat("next", n, [set(sum, op("f32.add", sum, load("f32.load", at))), set(at, plus(at, 4))])],
      sum,
    );
    const run = running([total], 1);
    run.floats.set([1, 2, 3.5, 4]);
    expect(run.call(total, 0, 4)).toBe(10.5);
    const text = print({ memory: { module: "env", name: "memory", minimum: 1 }, exports: [total] });
    const module = new WebAssembly.Module(Uint8Array.from(fromText(text)));
    const { total: again } = new WebAssembly.Instance(module, { env: { memory: run.memory } }).exports;
    expect(again?.(0, 4)).toBe(10.5);
    expect(again?.(0, 0)).toBe(0);
  });

  test("the kernels have wabt's bytes", () => {
    expectSameBytes([gemm("relaxed", 7), gemmTransposed("relaxed", 3, 7), packTransposed(5), barrier(1000)]);
    expectSameBytes((["exp", "tanh", "sigmoid", "log"] as const).map((name) => mathFunction("plain", name)));
  });

  test.each([
    ["collatz", [everyKind()]],
    ["tile", [tile("relaxed", "rows", 2, 16)]],
    ["tanh", [mathFunction("plain", "tanh")]],
    ["barrier", [barrier(1000)]],
  ] as const)("the text of %s", (name, exports) => {
    const golden = `test/golden/wasm/${name}.wat`;
    const text = print({ memory, exports });
    if (isBlessing) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, "utf8"));
  });
});

describe("faults of a generator", () => {
  const bytesOf =
    (...exports: readonly Func[]) =>
    () =>
      encode({ exports });
  test("a branch without a block", () => {
    expect(bytesOf(func("f", [], [br("out")]))).toThrow("internal: wasm: no block `out` around a branch in `f`");
  });
  test("two functions of one name", () => {
    expect(bytesOf(func("f", [], []), func("f", [], []))).toThrow("internal: wasm: two functions are named `f`");
  });
  test("a local of two types", () => {
    const [a, b] = [set(local("x", "i32"), i32(1)), set(local("x", "f32"), f32(1))];
    expect(bytesOf(func("f", [], [a, b]))).toThrow("internal: wasm: `x` in `f` is i32 and f32");
  });
});
