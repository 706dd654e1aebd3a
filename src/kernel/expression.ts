// A group of element-wise functions in a form for all targets: its axes, and one expression over its operands.
import { at, fail } from "../base/invariant.ts";
import type { BinaryFunction, UnaryFunction } from "../scalar/table.ts";
import type { GroupTask } from "./task.ts";
import { keyOf, uniformOf, type View } from "./view.ts";

/** A value by its index in `nodes`; its operands come earlier. */
export type MapNode =
  | { readonly kind: "input"; readonly input: number }
  | { readonly kind: "constant"; readonly type: "float32" | "int32"; readonly value: number }
  | { readonly kind: "unary"; readonly name: UnaryFunction; readonly x: number }
  | { readonly kind: "binary"; readonly name: BinaryFunction; readonly a: number; readonly b: number }
  | { readonly kind: "select"; readonly condition: number; readonly a: number; readonly b: number }
  | { readonly kind: "convert"; readonly to: "float" | "int"; readonly x: number };

export function shapeOfGroup(group: GroupTask): readonly number[] {
  return at(group.maps, 0, "kernel").write.shape;
}

export interface Axis {
  readonly size: number;
  /** The stride of each operand, in elements. */
  readonly strides: readonly number[];
}

/** The axes of a group, at least one. Axes of size 1 are dropped, and neighbours are merged if all operands are contiguous over both. */
export function mergedAxes(operands: readonly View[]): readonly Axis[] {
  const { shape } = at(operands, 0, "kernel");
  const result: Axis[] = [];
  shape.forEach((size, index) => {
    if (size === 1) return;
    const strides = operands.map((view) => at(view.strides, index, "kernel"));
    const last = result.at(-1);
    const joins = last?.strides.every((stride, operand) => stride === size * at(strides, operand, "kernel")) === true;
    if (joins && last !== undefined) result[result.length - 1] = { size: last.size * size, strides };
    else result.push({ size, strides });
  });
  return result.length > 0 ? result : [{ size: 1, strides: operands.map(() => 1) }];
}

export interface GroupNodes {
  readonly list: readonly MapNode[];
  /** The index of the node for a view that the group reads or writes. */
  readonly of: (view: View) => number;
}

/** A cache: every thread needs the same group. */
const known = new WeakMap<GroupTask, GroupNodes>();

/** The group as one expression, whose operands are indices of nodes. */
export function nodesOf(group: GroupTask): GroupNodes {
  const nodes = known.get(group) ?? makeNodes(group);
  known.set(group, nodes);
  return nodes;
}

function makeNodes(group: GroupTask): GroupNodes {
  const list: MapNode[] = [];
  const places = new Map<string, number>();
  const inputs = new Map(group.reads.map((read, index) => [keyOf(read), index]));
  const add = (key: string, node: MapNode): number => {
    const place = places.get(key);
    if (place !== undefined) return place;
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
    const place = places.get(keyOf(view));
    if (place !== undefined) return place;
    const input = inputs.get(keyOf(view)) ?? fail("kernel", "a group reads what it has not");
    return add(keyOf(view), { kind: "input", input });
  };
  for (const { node, reads, write } of group.maps) {
    const operand = (index: number): number => of(at(reads, index, "kernel"));
    const key = keyOf(write);
    if (node.kind === "input") places.set(key, operand(0));
    else if (node.kind === "unary" || node.kind === "convert") add(key, { ...node, x: operand(0) });
    else if (node.kind === "binary") add(key, { ...node, a: operand(0), b: operand(1) });
    else if (node.kind === "select") add(key, { ...node, condition: operand(0), a: operand(1), b: operand(2) });
  }
  return { list, of };
}
