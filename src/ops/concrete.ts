// From symbolic types and attributes to the context in which an op runs.
import { isDim } from "../graph/attributes.ts";
import type { Node } from "../graph/node.ts";
import { evaluateDim, type Sizes } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import type { ConcreteType, RunContext } from "./row.ts";

export function concrete(type: Type, sizes: Sizes): ConcreteType {
  const axes = type.axes.map((axis) => ({ tag: axis.tag, size: evaluateDim(axis.size, sizes) }));
  return { dtype: type.dtype, axes, shape: axes.map((axis) => axis.size) };
}

export function runContext(node: Node, operands: readonly Type[], sizes: Sizes): RunContext {
  const { dims } = node.attributes;
  return {
    attributes: node.attributes,
    operands: operands.map((type) => concrete(type, sizes)),
    result: concrete(node.type, sizes),
    dims: Array.isArray(dims) ? dims.filter(isDim).map((dim) => evaluateDim(dim, sizes)) : [],
  };
}
