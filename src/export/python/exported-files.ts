// The files of PyTorch and JAX: the module, its weights, and a program that trains it where the spec has a loss.
import { writeSafetensors } from "../../checkpoint/safetensors.ts";
import type { Arguments } from "../source/signature.ts";
import type { Prepared } from "../source/prepare.ts";
import { tensorsOf } from "../source/tensors.ts";
import type { ExportedFile, ExportRequest } from "../request.ts";
import { learningTables, type LearningTables } from "./learning.ts";

export interface Training {
  readonly name: string;
  text(given: Arguments, tables: LearningTables): string;
}

export function exportedFiles(
  request: ExportRequest,
  { text, prepared }: { readonly text: string; readonly prepared: Prepared },
  training: Training,
): readonly ExportedFile[] {
  const { loss } = prepared.functions;
  return [
    { name: `${request.name}.py`, content: text },
    {
      name: `${request.name}.safetensors`,
      content: writeSafetensors({ tensors: tensorsOf(request, prepared.weights), metadata: {} }),
    },
    ...(loss === null
      ? []
      : [{ name: training.name, content: training.text(loss.arguments, learningTables(prepared)) }]),
  ];
}
