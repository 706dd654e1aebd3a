// A group of element-wise functions, as a call of its kernel for some rows of its shape.
import { at } from "../base/invariant.ts";
import { mergedAxes, nodesOf, shapeOfGroup } from "../kernel/expression.ts";
import type { Access, Kernels, MapSpec } from "../kernel/kernels.ts";
import type { GroupTask } from "../kernel/task.ts";
import { BYTES, rowsOf, type View } from "../kernel/view.ts";
import { begin, type Call } from "./call.ts";

export function groupCall<K>(kernels: Kernels<K>, group: GroupTask, from: number, to: number): Call<K> {
  const shape = shapeOfGroup(group);
  const part = (view: View): View => (shape.length === 0 ? view : rowsOf(view, from, to));
  const inputs = group.reads.map(part);
  const outputs = group.writes.map(part);
  const operands = [...inputs, ...outputs];
  const axes = mergedAxes(operands);
  const rank = axes.length;
  const inner = at(axes, -1, "lists").strides;
  const access = (operand: number): Access => {
    const stride = at(inner, operand, "lists");
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
    const next = at(axes, axis + 1, "lists");
    const isLast = axis === rank - 2;
    return strides.map(
      (stride, operand) => BYTES * (stride - (isLast ? 0 : next.size * at(next.strides, operand, "lists"))),
    );
  });
  const accesses = [...spec.inputs, ...spec.outputs.map((output) => output.access)];
  const apart = accesses.flatMap((each, operand) => (each === "apart" ? [BYTES * at(inner, operand, "lists")] : []));
  const words = [...operands.map(begin), ...axes.map(({ size }) => size), ...onward, ...apart];
  return { kernel: kernels.map(spec), words };
}
