// A group of element-wise functions as a call of its kernel, for some rows of its shape.
import { at, fail } from "../../base/invariant.ts";
import { type Access, mapKernel, type MapNode, type MapSpec } from "../../codegen/wasm/map.ts";
import type { Simd } from "../../codegen/wasm/simd.ts";
import type { Func } from "../../codegen/wasm/tree.ts";
import { begin, type Call, type GroupTask } from "./task.ts";
import { BYTES, isSame, keyOf, rowsOf, uniformOf, type View } from "./view.ts";

/** Kernels by what they compute. */
const kernels = new Map<string, Func>();

function kernelFor(simd: Simd, spec: MapSpec): Func {
  const key = `${simd} ${JSON.stringify(spec, exactly)}`;
  const kernel = kernels.get(key) ?? mapKernel(simd, `map${kernels.size}`, spec);
  kernels.set(key, kernel);
  return kernel;
}

/** Numbers that JSON cannot tell apart. */
function exactly(_: string, value: unknown): unknown {
  if (typeof value !== "number") return value;
  return Object.is(value, -0) ? "-0" : Number.isFinite(value) ? value : String(value);
}

export function shapeOfGroup(group: GroupTask): readonly number[] {
  return at(group.maps, 0, "wasm").write.shape;
}

export function groupCall(simd: Simd, group: GroupTask, from: number, to: number): Call {
  const shape = shapeOfGroup(group);
  const part = (view: View): View => (shape.length === 0 ? view : rowsOf(view, from, to));
  const inputs = group.reads.map(part);
  const outputs = group.writes.map(part);
  const operands = [...inputs, ...outputs];
  const axes = merged(operands);
  const rank = axes.length;
  const inner = at(axes, -1, "wasm").strides;
  const access = (operand: number): Access => {
    const stride = at(inner, operand, "wasm");
    return stride === 1 ? "lanes" : stride === 0 ? "same" : "apart";
  };
  const nodes = nodesOf(group);
  const spec: MapSpec = {
    rank,
    inputs: inputs.map((_, index) => access(index)),
    nodes: nodes.list,
    outputs: group.writes.map((write, index) => ({
      node: nodes.of(write),
      access: access(inputs.length + index) === "lanes" ? "lanes" : "apart",
    })),
  };
  const onward = axes.slice(0, -1).flatMap(({ strides }, axis) => {
    const next = at(axes, axis + 1, "wasm");
    const isLast = axis === rank - 2;
    return strides.map(
      (stride, operand) => BYTES * (stride - (isLast ? 0 : next.size * at(next.strides, operand, "wasm"))),
    );
  });
  const accesses = [...spec.inputs, ...spec.outputs.map((output) => output.access)];
  const apart = accesses.flatMap((each, operand) => (each === "apart" ? [BYTES * at(inner, operand, "wasm")] : []));
  const words = [...operands.map(begin), ...axes.map(({ size }) => size), ...onward, ...apart];
  return { kernel: kernelFor(simd, spec), words };
}

interface Axis {
  readonly size: number;
  /** Of each operand, in elements. */
  readonly strides: readonly number[];
}

/** The loop's axes: without those of size 1, neighbours joined where every operand runs on; one at least. */
function merged(operands: readonly View[]): readonly Axis[] {
  const { shape } = at(operands, 0, "wasm");
  const result: Axis[] = [];
  shape.forEach((size, index) => {
    if (size === 1) return;
    const strides = operands.map((view) => at(view.strides, index, "wasm"));
    const last = result.at(-1);
    const joins = last?.strides.every((stride, operand) => stride === size * at(strides, operand, "wasm")) === true;
    if (joins && last !== undefined) result[result.length - 1] = { size: last.size * size, strides };
    else result.push({ size, strides });
  });
  return result.length > 0 ? result : [{ size: 1, strides: operands.map(() => 1) }];
}

/** The group as one expression: every function's operands by the places of their nodes. */
function nodesOf(group: GroupTask): { readonly list: readonly MapNode[]; readonly of: (view: View) => number } {
  const list: MapNode[] = [];
  const places = new Map<string, number>();
  const add = (key: string, node: MapNode): number => {
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, list.length);
    return list.push(node) - 1;
  };
  const of = (view: View): number => {
    const value = uniformOf(view);
    if (value !== undefined)
      return add(`${view.storage.kind} ${Object.is(value, -0) ? "-0" : value}`, {
        kind: "constant",
        type: view.storage.kind,
        value,
      });
    const known = places.get(keyOf(view));
    if (known !== undefined) return known;
    const input = group.reads.findIndex((read) => isSame(read, view));
    return input < 0 ? fail("wasm", "a group reads what it has not") : add(keyOf(view), { kind: "input", input });
  };
  for (const { node, reads, write } of group.maps) {
    const operand = (index: number): number => of(at(reads, index, "wasm"));
    const key = keyOf(write);
    if (node.kind === "input") places.set(key, operand(0));
    else if (node.kind === "unary" || node.kind === "convert") add(key, { ...node, x: operand(0) });
    else if (node.kind === "binary") add(key, { ...node, a: operand(0), b: operand(1) });
    else if (node.kind === "select") add(key, { ...node, condition: operand(0), a: operand(1), b: operand(2) });
  }
  return { list, of };
}
