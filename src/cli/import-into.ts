// `recurra import FILE --into SPEC`: the weights of a file as those of a spec, as a file of weights or as a trained model.
import { join } from "node:path";
import { UserError } from "../base/diagnostic.ts";
import { runFilesIn, saveWeights } from "../checkpoint/checkpoint-files.ts";
import { writeSafetensors, type Tensor } from "../checkpoint/safetensors.ts";
import { readBytes, writeAtomically } from "../files/files.ts";
import { importWeights, type ImportedWeight } from "../library/import-weights.ts";
import type { CompiledModel } from "../library/types.ts";
import { openSpecFile, type SpecOptions } from "./open-spec-file.ts";
import { print } from "./output.ts";
import { table } from "./table.ts";

export interface ImportIntoOptions extends SpecOptions {
  readonly into: string;
  readonly out?: string;
  readonly map: readonly string[];
}

const WEIGHTS = ".safetensors";

/** `fileBeside`: the content of a file beside the one that is read. */
export async function importInto(
  file: string,
  options: ImportIntoOptions,
  fileBeside: (name: string) => Uint8Array | undefined,
): Promise<void> {
  const { into, out, map } = options;
  if (out === undefined) throw new UserError(`say where to write: -o NAME${WEIGHTS} or -o FOLDER`);
  if (!out.endsWith(WEIGHTS)) refuseOtherModel(out);
  const bytes = readBytes(file);
  const model = await openSpecFile(into, options);
  try {
    const imported = await importWeights(model, bytes, { map, name: file, fileBeside });
    await write(out, model);
    print(table([["weight", "from"], ...imported.map(rowOf)]));
    print(out.endsWith(WEIGHTS) ? out : join(out, `weights${WEIGHTS}`));
  } finally {
    model.dispose();
  }
}

function refuseOtherModel(folder: string): void {
  const found = runFilesIn(folder);
  if (found.length > 0)
    throw new UserError(`${folder} already holds a trained model (${found.join(", ")}): name another folder with -o`);
}

function rowOf({ weight, from }: ImportedWeight): readonly string[] {
  return [weight, from.length === 0 ? "-" : from.join(" + ")];
}

async function write(out: string, model: CompiledModel): Promise<void> {
  if (!out.endsWith(WEIGHTS)) {
    saveWeights(out, await model.checkpoint());
    return;
  }
  const tensors = [...(await model.weights())].map(([name, { shape, data }]): [string, Tensor] => [
    name,
    { dtype: "F32", shape, data: Float32Array.from(data) },
  ]);
  writeAtomically(out, writeSafetensors({ tensors: new Map(tensors), metadata: {} }));
}
