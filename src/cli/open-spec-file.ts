// A spec file as a compiled cell or model, by the options of the command line.
import { chosenOrFitting, type Choice } from "../library/choose.ts";
import { compileWith } from "../library/compile.ts";
import type { CompiledModel, Weights } from "../library/types.ts";
import { loaderWith } from "../shipped/specs.ts";
import { dividedAssignments, openSpec, readSpecFile, type Assignment, type Included } from "./select.ts";

export interface SpecOptions extends Choice, Included {
  readonly set: readonly Assignment[];
  /** Weights by name; the others are initialised as the spec says. */
  readonly weights?: Weights;
}

export function openSpecFile(
  path: string,
  { include, weights, set, cell, model }: SpecOptions,
): Promise<CompiledModel> {
  const { name, text } = readSpecFile(path);
  const definition = chosenOrFitting(openSpec(path, { include }), { cell, model });
  const { parameters, sizes } = dividedAssignments(definition, set);
  return compileWith(loaderWith(include), text, {
    name,
    set: Object.fromEntries(parameters.map((each) => [each.name, each.value])),
    sizes: Object.fromEntries(sizes),
    ...(cell === undefined ? {} : { cell }),
    ...(model === undefined ? {} : { model }),
    ...(weights === undefined ? {} : { weights }),
  });
}
