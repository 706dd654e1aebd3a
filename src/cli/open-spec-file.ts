// A spec file as a compiled cell or model, by the options of the command line.
import { chosenOrFitting, type Choice } from "../library/choose.ts";
import { compileWith } from "../library/compile.ts";
import type { CompiledModel, Weights } from "../library/types.ts";
import { loaderWith } from "../shipped/specs.ts";
import { asNumber, dividedAssignments, openSpec, readSpecFile, type Given, type Included } from "./select.ts";

export interface SpecOptions extends Choice, Included {
  readonly set: readonly Given[];
  /** Weights by name; the others are initialised as the spec says. */
  readonly weights?: Weights;
  readonly target?: string;
  /** Decides the first weights. */
  readonly seed?: number;
}

export function openSpecFile(
  path: string,
  { include, weights, set, cell, model, target, seed }: SpecOptions,
): Promise<CompiledModel> {
  const { name, text } = readSpecFile(path);
  const definition = chosenOrFitting(openSpec(path, { include }), { cell, model });
  const { parameters, sizes } = dividedAssignments(definition, set);
  const numbers = [...sizes].map(([size, value]) => asNumber({ name: size, value }));
  return compileWith(loaderWith(include), text, {
    name,
    set: Object.fromEntries(parameters.map((each) => [each.name, each.value])),
    sizes: Object.fromEntries(numbers.map((each) => [each.name, each.value])),
    ...(cell === undefined ? {} : { cell }),
    ...(model === undefined ? {} : { model }),
    ...(weights === undefined ? {} : { weights }),
    ...(target === undefined ? {} : { target }),
    ...(seed === undefined ? {} : { seed }),
  });
}
