// Writes compiled models as checkpoints and opens them: the format of `weights.safetensors` of `recurra train`.
import { UserError } from "../base/diagnostic.ts";
import { storeVocabulary } from "../data/stored-vocabulary.ts";
import { vocabularyOfStart } from "../graph/border.ts";
import { readCheckpoint, writeCheckpoint, type Checkpoint, type Description } from "../checkpoint/checkpoint.ts";
import type { SeriesShape } from "../data/series-steps.ts";
import { constantOf } from "../shape/dim.ts";
import { refuseIncomplete } from "../train/complete.ts";
import { resolveSettings } from "../train/settings.ts";
import { storeSettings } from "../train/stored-settings.ts";
import { textInput } from "../train/text-input.ts";
import { compileDefinition, TARGET_OPTIONS, type TargetOptions } from "./compile.ts";
import { Compiled } from "./compiled.ts";
import type { CompiledParts } from "./compiled-parts.ts";
import { readOptions, wrongValue } from "./options.ts";
import { nameOfView, readSafely, describeValue } from "./describe-value.ts";
import { storedModel } from "./stored-model.ts";
import type { CompiledModel } from "./types.ts";

/** The bytes of a checkpoint. Throws a UserError if sizes of weights are not known yet. */
export async function checkpointOf<T>(model: Compiled<T>): Promise<Uint8Array> {
  const weights = [...(await model.weightsNow())];
  const arrays = new Map(weights.map(([name, array]) => [name, { dtype: "float" as const, ...array }]));
  return writeCheckpoint({ description: descriptionOf(model), arrays });
}

/** The header of a model's checkpoint. */
export function descriptionOf<T>(model: Compiled<T>): Description {
  const { program, origin } = model;
  const layout = textInput(program) === undefined ? "rows" : "text";
  return {
    format: "recurra-checkpoint-2",
    sources: [...origin.sources],
    model: model.definition.definition.name.name,
    statics: {
      ...Object.fromEntries([...model.statics].map(([name, value]) => [name, constantOf(value) ?? NaN])),
      ...Object.fromEntries(model.definition.cells ?? []),
    },
    vocabularies: Object.fromEntries([...model.vocabularies].map(([name, each]) => [name, storeVocabulary(each)])),
    layout: origin.layout ?? layout,
    sizes: Object.fromEntries(model.sizes.known),
    ...(origin.series === undefined ? {} : { series: storedSeries(origin.series) }),
    ...(origin.longest === undefined ? {} : { longest: Object.fromEntries(origin.longest) }),
    settings: origin.settings ?? storeSettings(resolveSettings(program.settings, { seed: model.seed }, layout)),
    target: model.target,
    updates: model.updates,
  };
}

function storedSeries({ columns, ...rest }: SeriesShape): Description["series"] {
  if (columns === undefined) return rest;
  return { ...rest, columns: Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, [...of]])) };
}

/** The bytes of a checkpoint. Throws a UserError if `model` is not a compiled model. */
export function checkpointBytes(model: CompiledModel): Promise<Uint8Array> {
  const label = "the first argument of `save`";
  if (!readSafely(label, () => model instanceof Compiled)) throw wrongValue(label, model, "a compiled cell or model");
  return model.checkpoint();
}

/** A compiled model from a checkpoint's bytes. `file` is its name in messages. */
export async function openBytes(bytes: Uint8Array, file: string, given: TargetOptions): Promise<CompiledModel> {
  const options = readOptions(given, TARGET_OPTIONS, "open");
  if (!ArrayBuffer.isView(bytes) || nameOfView(bytes) !== "Uint8Array") {
    const isBuffer = readSafely("the checkpoint", () => Object(bytes) instanceof ArrayBuffer);
    const help = isBuffer ? ": write `new Uint8Array(…)`" : "";
    throw new UserError(
      `\`open\` needs a checkpoint, its folder or its bytes as a Uint8Array, but ${describeValue(bytes)} was given${help}`,
    );
  }
  return openCheckpoint(readCheckpoint(bytes, file), file, options);
}

/** A compiled model from a checkpoint. */
export function openCheckpoint(
  { description, arrays }: Checkpoint,
  file: string,
  options: TargetOptions,
): Promise<CompiledModel> {
  const parts = partsOf(description, file);
  return compileDefinition(options, {
    ...parts,
    weights: arrays,
    updates: description.updates,
    check: (program, nameOf) => refuseIncomplete(program, { sizes: parts.sizes, arrays }, file, nameOf),
  });
}

/** As `openCheckpoint`, with first weights in place of the trained ones. */
export function openUntrained(
  { description }: Checkpoint,
  file: string,
  options: TargetOptions,
): Promise<CompiledModel> {
  return compileDefinition(options, { ...partsOf(description, file), weights: {}, updates: 0 });
}

/** What a checkpoint says of its model, apart from the weights. */
function partsOf(
  description: Description,
  file: string,
): Pick<CompiledParts<unknown>, "definition" | "statics" | "vocabularies" | "sizes" | "starts" | "origin"> {
  const { definition, statics, vocabularies, sizes: stored } = storedModel(description, file);
  const sizes = new Map<string, number>();
  const starts = new Map<string, number>();
  for (const [name, size] of stored) {
    const vocabulary = vocabularyOfStart(name);
    if (vocabulary === undefined) sizes.set(name, size);
    else starts.set(vocabulary, size);
  }
  return {
    definition,
    statics,
    vocabularies: () => vocabularies,
    sizes,
    starts,
    origin: {
      sources: description.sources,
      layout: description.layout,
      settings: description.settings,
      ...(description.series === undefined ? {} : { series: description.series }),
      ...(description.longest === undefined ? {} : { longest: new Map(Object.entries(description.longest)) }),
    },
  };
}
