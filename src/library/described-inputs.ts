// Describes inputs, targets, memories and weights with the types of a spec.
import type { Program } from "../lang/elaborate/program.ts";
import { printDim } from "../shape/dim.ts";
import { ownAxes, timeOf } from "../shape/type.ts";
import type { InputInfo, ParameterInfo } from "./types.ts";

export function describeInputs({ inputs }: Program): readonly InputInfo[] {
  return inputs.map(({ name, role, type, token }) => {
    const own = ownAxes(type).map((axis) => printDim(axis.size));
    const inner = token === undefined ? `[${own.join(", ")}]` : `${token.reading}[${token.vocabulary}]`;
    return { name, role, type: timeOf(type) === undefined ? inner : `seq ${inner}` };
  });
}

export function describeParameters(
  { parameters }: Program,
  nameOf: (weight: string) => string,
): readonly ParameterInfo[] {
  return parameters.map(({ name, type }) => ({
    name: nameOf(name),
    shape: type.axes.map((axis) => printDim(axis.size)),
  }));
}
