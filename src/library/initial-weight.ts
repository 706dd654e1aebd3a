// A weight as it begins, once its sizes are known; until then, what a user can do about it.
import { UserError } from "../base/diagnostic.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { evaluateDim, symbolsOf } from "../shape/dim.ts";
import type { HostArray } from "../targets/target.ts";
import { initialValues } from "../train/initial.ts";
import type { DataSizes } from "./sizes.ts";

interface Model {
  readonly program: Program;
  readonly definition: ScopedDefinition;
  readonly sizes: DataSizes;
  readonly seed: number;
  nameOf(weight: string): string;
}

type Parameter = Program["parameters"][number];

/** A size of a weight that is not known yet. */
export function openSize({ sizes }: Pick<Model, "sizes">, { type }: Pick<Parameter, "type">): string | undefined {
  return type.axes.flatMap(({ size }) => symbolsOf(size)).find((each) => !sizes.known.has(each));
}

/** Throws a UserError that names a size that is not known. */
export function initialWeight(model: Model, { name, type, init }: Parameter): HostArray {
  const { known } = model.sizes;
  const open = openSize(model, { type });
  if (open !== undefined)
    throw new UserError(
      `the size ${open} of the weight \`${model.nameOf(name)}\` is not known: ${adviceOn(model, open)}`,
    );
  const shape = type.axes.map((axis) => evaluateDim(axis.size, known));
  return { dtype: "float", shape, data: initialValues(init, shape, model.seed, name) };
}

function adviceOn({ definition, program }: Model, size: string): string {
  if (definition.definition.parameters.some(({ name }) => name.name === size))
    return `give \`set: { ${size}: … }\` to \`compile\``;
  if (program.inputs.some(({ token }) => token?.vocabulary === size))
    return `give \`sizes: { ${size}: … }\` or \`texts: { ${size}: … }\` to \`compile\``;
  return `give \`sizes: { ${size}: … }\` to \`compile\`, or run it once`;
}
