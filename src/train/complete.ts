// Checks that a checkpoint has everything that its model needs. Otherwise missing weights would be initialised, or fail much later.
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
 * Throws a UserError that names the missing sizes and weights, or the first weight with a wrong shape. `nameOf` returns the name under which
 * a weight is stored.
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
    throw new UserError(
      `${file}: its header does not have the ${open.length === 1 ? "size" : "sizes"} ${open.join(", ")}`,
    );
  const missing = parameters.map(({ name }) => nameOf(name)).filter((name) => !arrays.has(name));
  if (missing.length > 0)
    throw new UserError(`${file}: there are no weights for ${missing.map((name) => `\`${name}\``).join(", ")}`);
  for (const { name, type } of parameters) {
    const expected = type.axes.map(({ size }) => evaluateDim(size, sizes)).join(", ");
    const found = arrays.get(nameOf(name))?.shape.join(", ") ?? "";
    if (found !== expected)
      throw new UserError(
        `${file}: the weight \`${nameOf(name)}\` must be [${expected}], but the stored one is [${found}]`,
      );
  }
}

interface Run {
  readonly program: Program;
  readonly sizes: Sizes;
  readonly optimizer: OptimizerSetting;
  /** Weights that are not trained. */
  readonly frozen: readonly string[];
}

/** As `refuseIncomplete`, for a run that is resumed: it must also have the slots of its optimizer. */
export function refuseIncompleteRun(arrays: Stored["arrays"], run: Run, file: string): void {
  const { program, sizes, optimizer } = run;
  refuseIncomplete(program, { sizes, arrays }, file);
  for (const slot of slotInputs(program, run)) {
    const shapeOf = (name: string): string | undefined => arrays.get(name)?.shape.join(", ");
    const [found, weight] = [shapeOf(printInput(slot)), shapeOf(slot.weight)];
    if (found === undefined)
      throw new UserError(`${file}: the state of \`${optimizer.kind}\` for the weight \`${slot.weight}\` is missing`);
    if (found !== weight)
      throw new UserError(
        `${file}: the state of \`${optimizer.kind}\` for the weight \`${slot.weight}\` must be [${weight}], but the stored one is [${found}]`,
      );
  }
}
