// Whether a checkpoint holds all that its model needs: what it lacks would be made up, or end in a fault of ours much later.
import { UserError } from "../base/diagnostic.ts";
import { printInput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { OptimizerSetting } from "../lang/elaborate/settings.ts";
import { evaluateDim, symbolsOf, type Sizes } from "../shape/dim.ts";
import type { HostArray } from "../targets/target.ts";
import { slotInputs } from "./update.ts";

interface Stored {
  readonly sizes: Sizes;
  readonly arrays: ReadonlyMap<string, HostArray>;
}

/**
 * Throws a UserError that names the sizes and weights that are missing, or the first weight of another shape. `nameOf` gives the name under
 * which a weight is stored.
 */
export function refuseIncomplete(
  { parameters }: Program,
  { sizes, arrays }: Stored,
  file: string,
  nameOf: (weight: string) => string = (weight) => weight,
): void {
  const needed = new Set(parameters.flatMap(({ type }) => type.axes.flatMap(({ size }) => symbolsOf(size))));
  const open = [...needed].filter((size) => !sizes.has(size));
  if (open.length > 0)
    throw new UserError(`${file}: its header lacks the ${open.length === 1 ? "size" : "sizes"} ${open.join(", ")}`);
  const missing = parameters.map(({ name }) => nameOf(name)).filter((name) => !arrays.has(name));
  if (missing.length > 0)
    throw new UserError(`${file}: there are no weights for ${missing.map((name) => `\`${name}\``).join(", ")}`);
  for (const { name, type } of parameters) {
    const expected = type.axes.map(({ size }) => evaluateDim(size, sizes)).join(", ");
    const found = arrays.get(nameOf(name))?.shape.join(", ") ?? "";
    if (found !== expected)
      throw new UserError(
        `${file}: the weight \`${nameOf(name)}\` must be [${expected}], but what is stored is [${found}]`,
      );
  }
}

interface Run {
  readonly program: Program;
  readonly sizes: Sizes;
  readonly optimizer: OptimizerSetting;
}

/** As `refuseIncomplete`, of a run that is to go on: what its optimizer keeps of each weight must be there too. */
export function refuseIncompleteRun(arrays: Stored["arrays"], { program, sizes, optimizer }: Run, file: string): void {
  refuseIncomplete(program, { sizes, arrays }, file);
  for (const slot of slotInputs(program, optimizer)) {
    const shapeOf = (name: string): string | undefined => arrays.get(name)?.shape.join(", ");
    const [found, weight] = [shapeOf(printInput(slot)), shapeOf(slot.weight)];
    if (found === undefined)
      throw new UserError(`${file}: what \`${optimizer.kind}\` keeps of the weight \`${slot.weight}\` is missing`);
    if (found !== weight)
      throw new UserError(
        `${file}: what \`${optimizer.kind}\` keeps of the weight \`${slot.weight}\` must be [${weight}], but what is stored is [${found}]`,
      );
  }
}
