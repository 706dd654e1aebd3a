// The initial value of a weight. If a size is not known, of a weight or of what only equations have, the error says how to give it.
import { AdvisedError } from "../base/advised-error.ts";
import { UserError } from "../base/diagnostic.ts";
import { sizeNamesOf } from "../graph/attributes.ts";
import { startName } from "../graph/border.ts";
import { BATCH } from "../lang/elaborate/context.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { evaluateDim, symbolsOf, type Sizes } from "../shape/dim.ts";
import { wholeName } from "../shape/thinned.ts";
import type { HostArray } from "../targets/target.ts";
import { initialValues } from "../train/initial.ts";
import { countBytes, printBytes, MAX_BYTES } from "./memory.ts";
import type { DataSizes } from "./sizes.ts";

interface Model {
  readonly program: Program;
  readonly definition: ScopedDefinition;
  readonly sizes: DataSizes;
  readonly seed: number;
  nameOf(weight: string): string;
}

type Parameter = Program["parameters"][number];

/** The first size of a weight that is not known yet. */
export function openSize(
  { sizes }: { readonly sizes: { readonly known: Sizes } },
  { type }: Pick<Parameter, "type">,
): string | undefined {
  return type.axes.flatMap(({ size }) => symbolsOf(size)).find((each) => !sizes.known.has(each));
}

/** Throws a UserError, before anything is allocated, if the weights whose sizes are known need more than `MAX_BYTES`. */
export function refuseHugeWeights(model: Pick<Model, "program" | "nameOf">, sizes: Sizes): void {
  const { program } = model;
  const sized = program.parameters
    .filter((parameter) => openSize({ sizes: { known: sizes } }, parameter) === undefined)
    .map(({ name, type }) => {
      const shape = type.axes.map((axis) => evaluateDim(axis.size, sizes));
      return { name, shape, bytes: countBytes(shape) };
    });
  const total = sized.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= MAX_BYTES) return;
  const [largest = { name: "", shape: [], bytes: 0 }] = sized.toSorted((a, b) => b.bytes - a.bytes);
  throw new UserError(
    `the weights of \`${program.name}\` need ${printBytes(total)}, but the limit is ${printBytes(MAX_BYTES)}; the largest is \`${model.nameOf(largest.name)}\` [${largest.shape.join(", ")}] with ${printBytes(largest.bytes)}`,
  );
}

/** The sizes that neither weights nor inputs show, such as that of a state that no weight reads. */
export function hiddenSizes({ graph, inputs, parameters }: Program): ReadonlySet<string> {
  const vocabularies = inputs.flatMap(({ token }) => (token === undefined ? [] : [token.vocabulary]));
  const shown = new Set([
    BATCH,
    ...[...inputs, ...parameters].flatMap(({ type }) => type.axes.flatMap(({ size }) => symbolsOf(size))),
    ...vocabularies.flatMap((name) => [name, startName(name)]),
  ]);
  return new Set(
    graph
      .all()
      .flatMap(sizeNamesOf)
      .map(wholeName)
      .filter((name) => !shown.has(name)),
  );
}

/** Throws a UserError that names a size which only equations have, if it is not known. */
export function refuseHiddenSize(model: Model, hidden: ReadonlySet<string>): void {
  const open = [...hidden].find((each) => !model.sizes.known.has(each));
  if (open === undefined) return;
  const what = `the size ${open} of \`${model.program.name}\` is not known`;
  throw new AdvisedError(`${what}: ${adviceOn(model, open)}`, `${what}: add \`--set ${open}=…\``);
}

/** Throws a UserError that names a size that is not known. */
export function initialWeight(model: Model, { name, type, init }: Parameter): HostArray {
  const { known } = model.sizes;
  const open = openSize(model, { type });
  if (open !== undefined) {
    const what = `the size ${open} of the weight \`${model.nameOf(name)}\` is not known`;
    throw new AdvisedError(`${what}: ${adviceOn(model, open)}`, `${what}: add \`--set ${open}=…\``);
  }
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
