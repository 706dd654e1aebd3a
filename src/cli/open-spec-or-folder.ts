// A spec file with its weights, or the folder of a trained model, as a compiled cell or model.
import { existsSync, statSync } from "node:fs";
import { extname } from "node:path";
import { UserError } from "../base/diagnostic.ts";
import { loadCheckpointBytes } from "../checkpoint/checkpoint-files.ts";
import { readCheckpoint } from "../checkpoint/checkpoint.ts";
import { readSafetensors } from "../checkpoint/safetensors.ts";
import { readBytes } from "../files/files.ts";
import { openCheckpoint } from "../library/checkpoint.ts";
import type { Choice } from "../library/choose.ts";
import type { CompiledModel, Weights } from "../library/types.ts";
import { readNumbers } from "./json-object.ts";
import { openSpecFile } from "./open-spec-file.ts";
import type { Given, Included } from "./select.ts";

export interface Opened extends Choice, Included {
  readonly set: readonly Given[];
  /** A file of weights for a spec: JSON or safetensors. */
  readonly weights?: string;
  readonly target?: string;
}

/** Throws a UserError for any other file, and for options of a spec with a folder. */
export function openSpecOrFolder(path: string, { weights, ...options }: Opened): Promise<CompiledModel> {
  if (isFolder(path)) return openTrained(path, { weights, ...options });
  refuseOtherFile(path);
  return openSpecFile(path, { ...options, ...(weights === undefined ? {} : { weights: readWeights(weights) }) });
}

export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function readWeights(file: string): Weights {
  return extname(file) === ".json" ? readNumbers(file, "weights") : readSafetensors(readBytes(file), file).tensors;
}

/** Throws a UserError for a file that other options or another command read. */
function refuseOtherFile(path: string): void {
  const needed = "a spec or the folder of a trained model is needed here";
  if (extname(path) === ".safetensors")
    throw new UserError(
      `${path} is a file of weights, but ${needed}: give the spec, and these weights as \`--weights ${path}\``,
    );
  if (extname(path) === ".onnx")
    throw new UserError(`${path} is an ONNX model, but ${needed}: \`recurra import ${path} --spec\` writes a spec`);
}

interface Refused extends Omit<Opened, "weights"> {
  readonly weights: string | undefined;
}

function openTrained(path: string, { weights, set, cell, model, target }: Refused): Promise<CompiledModel> {
  if (weights !== undefined || set.length > 0 || cell !== undefined || model !== undefined)
    throw new UserError(
      `${path} is a trained model, which has its weights, sizes and definition: --weights, --set, --cell and --model are for specs`,
    );
  const { file, bytes } = loadCheckpointBytes(path);
  return openCheckpoint(readCheckpoint(bytes, file), file, target === undefined ? {} : { target });
}
