// `recurra compile --format jax`: NAME.py, its weights, and a program that trains it on one or more devices.
import { writeSafetensors } from "../../checkpoint/safetensors.ts";
import { learningTables } from "../python/learning.ts";
import { fileStem, tensorsOf } from "../python/weights-file.ts";
import type { ExportedFile, ExportRequest } from "../request.ts";
import { writeModule } from "./module.ts";
import { trainText } from "./train.ts";

export async function exportJax(given: ExportRequest): Promise<readonly ExportedFile[]> {
  const request = { ...given, name: fileStem(given.name) };
  const { text, prepared } = writeModule(request);
  const weights = writeSafetensors({ tensors: tensorsOf(request, prepared.weights), metadata: {} });
  const { loss } = prepared.functions;
  return Promise.resolve([
    { name: `${request.name}.py`, content: text },
    { name: `${request.name}.safetensors`, content: weights },
    ...(loss === null
      ? []
      : [{ name: "train.py", content: trainText(request.name, loss.arguments, learningTables(prepared)) }]),
  ]);
}
