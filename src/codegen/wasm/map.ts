// A group of element-wise functions as one kernel: a loop over the elements of a shape. Values stay in registers; only those that
// other tasks read are stored.
import { at, fail } from "../../base/invariant.ts";
import type { MapNode } from "../../kernel/expression.ts";
import type { Access, MapSpec } from "../../kernel/kernels.ts";
import { plus, range, repeat, repeatInSteps } from "./arithmetic.ts";
import { args, word } from "./kernel-arguments.ts";
import { constantLanes, convertLanes, scalarLanes, selectLanes } from "./lanes.ts";
import type { Simd } from "./simd.ts";
import { type Body, type Expr, func, type Func, i32, laneAt, load, local, type Local, set, store } from "./tree.ts";

/**
 * The arguments in words: the operands' addresses, inputs first; the sizes; for each axis but the last and each operand, the bytes
 * by which its address grows at the end of a turn; for each operand with access `apart`, its stride along the last axis in bytes.
 */
export function mapKernel(simd: Simd, name: string, spec: MapSpec): Func<readonly ["i32"], "none"> {
  const { rank } = spec;
  const accesses = [...spec.inputs, ...spec.outputs.map(({ access }) => access)];
  const count = accesses.length;
  const base = (operand: number): Local<"i32"> => local(`base${operand}`, "i32");
  const pointer = (operand: number): Local<"i32"> => local(`pointer${operand}`, "i32");
  const apart = range(count).filter((operand) => accesses[operand] === "apart");
  const stride = (operand: number): Expr<"i32"> => word(count + rank + (rank - 1) * count + apart.indexOf(operand));
  const operands = { base, pointer, stride, at: local("at", "i32") };
  const uniform = range(spec.inputs.length).filter((input) => spec.inputs[input] === "same");

  const inner = (): Body => {
    const left = local("left", "i32");
    return [
      ...uniform.map((input) => set(valueOf(spec, input), load("v128.load32_splat", base(input)))),
      ...apart.map((operand) => set(pointer(operand), base(operand))),
      set(operands.at, i32(0)),
      set(left, word(count + rank - 1)),
      repeatInSteps("lanes", left, 4, [...elements(simd, spec, operands, 4), set(operands.at, plus(operands.at, 16))]),
      repeat("rest", left, [...elements(simd, spec, operands, 1), set(operands.at, plus(operands.at, 4))]),
    ];
  };
  const level = (axis: number): Body => {
    if (axis === rank - 1) return inner();
    const left = local(`left${axis}`, "i32");
    const onward = range(count).map((operand) =>
      set(base(operand), plus(base(operand), word(count + rank + axis * count + operand))),
    );
    return [set(left, word(count + axis)), repeat(`axis${axis}`, left, [...level(axis + 1), ...onward])];
  };
  return func(name, [args], [...range(count).map((operand) => set(base(operand), word(operand))), ...level(0)]);
}

interface Operands {
  readonly base: (operand: number) => Local<"i32">;
  readonly pointer: (operand: number) => Local<"i32">;
  readonly stride: (operand: number) => Expr<"i32">;
  /** Bytes from the base along the last axis. */
  readonly at: Local<"i32">;
}

const value = (node: number): Local<"v128"> => local(`v${node}`, "v128");

/** The local of an input's value: that of the first node that reads it. */
function valueOf(spec: MapSpec, input: number): Local<"v128"> {
  const node = spec.nodes.findIndex((each) => each.kind === "input" && each.input === input);
  return node < 0 ? fail("wasm", `input ${input} of a group is read by no node`) : value(node);
}

/** Loads, computes and stores four elements or one. */
function elements(simd: Simd, spec: MapSpec, operands: Operands, count: 1 | 4): Body {
  const body = spec.nodes.flatMap((node, index): Body => {
    if (node.kind !== "input") return [set(value(index), computed(simd, node))];
    const access = at(spec.inputs, node.input, "wasm");
    if (access === "same") return [];
    return loaded(value(index), access, node.input, operands, count);
  });
  const stores = spec.outputs.flatMap(({ node, access }, index) =>
    stored(value(node), access, spec.inputs.length + index, operands, count),
  );
  return [...body, ...stores];
}

function computed(simd: Simd, node: Exclude<MapNode, { kind: "input" }>): Expr<"v128"> {
  switch (node.kind) {
    case "constant":
      return constantLanes(node.type, node.value);
    case "unary":
      return scalarLanes(simd, node.name, [value(node.x)]);
    case "binary":
      return scalarLanes(simd, node.name, [value(node.a), value(node.b)]);
    case "select":
      return selectLanes(value(node.condition), value(node.a), value(node.b));
    case "convert":
      return convertLanes(node.to, value(node.x));
  }
}

function loaded(to: Local<"v128">, access: Access, operand: number, operands: Operands, count: 1 | 4): Body {
  const { base, pointer, stride, at: offset } = operands;
  if (access === "lanes") {
    const address = plus(base(operand), offset);
    return [set(to, count === 4 ? load("v128.load", address) : load("v128.load32_zero", address))];
  }
  const from = pointer(operand);
  const onward = set(from, plus(from, stride(operand)));
  return range(count).flatMap((lane) => [
    set(to, lane === 0 ? load("v128.load32_zero", from) : laneAt("v128.load32_lane", lane, from, to)),
    onward,
  ]);
}

function stored(from: Local<"v128">, access: Access, operand: number, operands: Operands, count: 1 | 4): Body {
  const { base, pointer, stride, at: offset } = operands;
  if (access === "lanes") {
    const address = plus(base(operand), offset);
    return [count === 4 ? store("v128.store", address, from) : laneAt("v128.store32_lane", 0, address, from)];
  }
  const to = pointer(operand);
  return range(count).flatMap((lane) => [
    laneAt("v128.store32_lane", lane, to, from),
    set(to, plus(to, stride(operand))),
  ]);
}
