// What to do about `h[t-d]` where `d` is a parameter of the checked cell itself: a file is checked without values for its parameters.
import { CELL } from "../../graph/border.ts";
import type { Expression, Parameter } from "../ast.ts";
import type { Frame } from "./frame.ts";

export function stepsWithoutValue(steps: Expression | null, { definition, prefix }: Frame): string | undefined {
  const { kind, name, parameters } = definition;
  if (steps?.kind !== "name" || (prefix !== "" && prefix !== `${CELL}.`)) return undefined;
  const isIt = (each: Parameter): boolean => each.name.name === steps.name && each.default === null;
  if (!parameters.some(isIt)) return undefined;
  const written = (each: Parameter): string => {
    const title = each.kind === "cell" ? `${each.name.name}: cell` : each.name.name;
    return isIt(each) ? `${title} = 1` : each.default === null ? title : `${title} = …`;
  };
  return `give \`${steps.name}\` a default: \`${kind} ${name.name}(${parameters.map(written).join(", ")})\``;
}
