// What the rule of an operator reads: its node, and what its inputs are.
import { at } from "../../base/invariant.ts";
import type { OnnxNode } from "../../onnx/model.ts";
import type { Reading } from "./reading.ts";
import { unsupported, wholeNumbersOf, type ArrayValue, type Value } from "./value.ts";

export interface OperatorNode {
  readonly node: OnnxNode;
  readonly place: number;
  readonly reading: Reading;
  readonly inputs: readonly (Value | undefined)[];
}

export function refuse({ node, place }: OperatorNode, reason?: string): never {
  throw unsupported(node, place, reason);
}

export function arrayAt(context: OperatorNode, index: number): ArrayValue {
  const value = context.inputs[index];
  return value?.kind === "array" ? value : refuse(context, "an input is not a sequence or an array of numbers");
}

/** The name of an array whose directions are not apart. */
export function partOf(context: OperatorNode, value: ArrayValue): string {
  return value.parts.length === 1 ? at(value.parts, 0, "onnx") : refuse(context, "its directions are apart");
}

export function nameOf({ node }: OperatorNode): string {
  return node.outputs[0] ?? node.operator;
}

/** Axes from an input, or an attribute of older versions. */
export function axesOf(context: OperatorNode): readonly number[] {
  const [, given] = context.inputs;
  const attribute = context.node.attributes.get("axes");
  if (attribute?.kind === "ints") return attribute.value;
  return (
    (given?.kind === "constant" ? wholeNumbersOf(given.tensor) : undefined) ??
    refuse(context, "its axes are not constants")
  );
}
