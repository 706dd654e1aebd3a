// Compiled models as checkpoints and back: the same bytes as in `weights.safetensors` of `recurra train`.
import { UserError } from "../base/diagnostic.ts";
import { storeVocabulary } from "../data/stored-vocabulary.ts";
import { vocabularyOfStart } from "../graph/border.ts";
import { readCheckpoint, writeCheckpoint, type Checkpoint, type Description } from "../checkpoint/checkpoint.ts";
import { constantOf } from "../shape/dim.ts";
import { refuseIncomplete } from "../train/complete.ts";
import { resolveSettings, storeSettings } from "../train/settings.ts";
import { textInput } from "../train/text-source.ts";
import { compileDefinition, TARGET_OPTIONS, type TargetOptions } from "./compile.ts";
import { Compiled } from "./compiled.ts";
import { checkedOptions, mustBe } from "./options.ts";
import { nameOfView, reading, shown } from "./shown.ts";
import { storedModel } from "./stored-model.ts";
import type { CompiledModel } from "./types.ts";

/** The bytes of a checkpoint. Throws a UserError where sizes of weights are not known yet. */
export async function checkpointOf<T>(model: Compiled<T>): Promise<Uint8Array> {
  const weights = [...(await model.weightsNow())];
  const arrays = new Map(weights.map(([name, array]) => [name, { dtype: "float" as const, ...array }]));
  return writeCheckpoint({ description: descriptionOf(model), arrays });
}

/** What stands in the header of a model's checkpoint. */
export function descriptionOf<T>(model: Compiled<T>): Description {
  const { program, origin } = model;
  const layout = textInput(program) === undefined ? "rows" : "text";
  return {
    format: "recurra-checkpoint-2",
    sources: [...origin.sources],
    model: model.definition.definition.name.name,
    statics: Object.fromEntries([...model.statics].map(([name, value]) => [name, constantOf(value) ?? NaN])),
    vocabularies: Object.fromEntries([...model.vocabularies].map(([name, each]) => [name, storeVocabulary(each)])),
    layout: origin.layout ?? layout,
    sizes: Object.fromEntries(model.sizes.known),
    settings: origin.settings ?? storeSettings(resolveSettings(program.settings, { seed: model.seed }, layout)),
    target: model.target,
    updates: model.updates,
  };
}

/** The bytes of what `save` is given. Throws a UserError for what is no compiled model. */
export function checkpointBytes(model: CompiledModel): Promise<Uint8Array> {
  const told = "what `save` is given";
  if (!reading(told, () => model instanceof Compiled)) throw mustBe(told, model, "a compiled cell or model");
  return model.checkpoint();
}

/** A compiled model from a checkpoint's bytes. `file` is its name in messages. */
export async function openBytes(bytes: Uint8Array, file: string, given: TargetOptions): Promise<CompiledModel> {
  const options = checkedOptions(given, TARGET_OPTIONS, "open");
  if (!ArrayBuffer.isView(bytes) || nameOfView(bytes) !== "Uint8Array") {
    const isBuffer = reading("the checkpoint", () => Object(bytes) instanceof ArrayBuffer);
    const help = isBuffer ? ": write `new Uint8Array(…)`" : "";
    throw new UserError(
      `\`open\` needs a checkpoint, its folder or its bytes as a Uint8Array, but ${shown(bytes)} was given${help}`,
    );
  }
  return openCheckpoint(readCheckpoint(bytes, file), file, options);
}

/** A compiled model from a checkpoint that is read. */
export function openCheckpoint(
  { description, arrays }: Checkpoint,
  file: string,
  options: TargetOptions,
): Promise<CompiledModel> {
  const { definition, statics, vocabularies, sizes: stored } = storedModel(description, file);
  const sizes = new Map<string, number>();
  const starts = new Map<string, number>();
  for (const [name, size] of stored) {
    const vocabulary = vocabularyOfStart(name);
    if (vocabulary === undefined) sizes.set(name, size);
    else starts.set(vocabulary, size);
  }
  return compileDefinition(options, {
    definition,
    statics,
    vocabularies: () => vocabularies,
    sizes,
    starts,
    weights: arrays,
    updates: description.updates,
    origin: { sources: description.sources, layout: description.layout, settings: description.settings },
    check: (program, nameOf) => refuseIncomplete(program, { sizes, arrays }, file, nameOf),
  });
}
