// The work of `importWeights`: reads its arguments, and replaces the weights of a model when its turn has come.
import { UserError } from "../base/diagnostic.ts";
import { importInto } from "../import/weights/import.ts";
import type { Compiled } from "./compiled.ts";
import { describeValue, nameOfView } from "./describe-value.ts";
import type { ImportedWeight, ImportOptions } from "./import-weights.ts";
import { checkFunction, checkText, readOptions, wrongValue, type Checks } from "./options.ts";

const OPTIONS: Checks<ImportOptions> = {
  map: (value, name) => {
    if (!Array.isArray(value) || value.some((each) => typeof each !== "string"))
      throw wrongValue(name, value, 'an array of texts, as `["fc.weight=logits.h"]`');
  },
  name: checkText,
  fileBeside: checkFunction,
};

/** Rejects with a UserError, and changes nothing, if an argument is wrong or something has no counterpart. */
export async function importFile<T>(
  model: Compiled<T>,
  bytes: Uint8Array,
  given: ImportOptions,
): Promise<readonly ImportedWeight[]> {
  if (!ArrayBuffer.isView(bytes) || nameOfView(bytes) !== "Uint8Array")
    throw new UserError(
      `\`importWeights\` needs the bytes of a file as a Uint8Array, but ${describeValue(bytes)} was given`,
    );
  const { map = [], name = "the file", fileBeside = () => undefined } = readOptions(given, OPTIONS, "importWeights");
  const entries = [...map];
  const { sources } = await model.changeWeights(() => {
    const { program, sizes } = model;
    const nameOf = (path: string): string => model.nameOf(path);
    const request = { program, nameOf, sizes: sizes.known, bytes, path: name, fileOf: fileBeside, map: entries };
    const { weights, ...rest } = importInto(request);
    return { weights: new Map([...weights].map(([path, array]) => [nameOf(path), array])), ...rest };
  });
  return sources;
}
