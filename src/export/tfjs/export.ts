// `recurra compile --format tfjs`: NAME.mjs with its types, and the weights in it or beside it.
import { writeSafetensors } from "../../checkpoint/safetensors.ts";
import { tensorsOf } from "../source/tensors.ts";
import type { ExportedFile, ExportRequest } from "../request.ts";
import { moduleText, partsOf } from "./module.ts";
import { typesText } from "./types.ts";

export async function exportTfjs(request: ExportRequest): Promise<readonly ExportedFile[]> {
  const parts = partsOf(request);
  const bytes = writeSafetensors({ tensors: tensorsOf(request, parts.prepared.weights), metadata: {} });
  const file = `${request.name}.safetensors`;
  const stored = request.hasWeightsFile ? null : base64(bytes);
  const text = moduleText(request, parts, { stored, file });
  return await Promise.resolve([
    { name: `${request.name}.mjs`, content: text, note: `${text.length - (stored ?? "").length} without weights` },
    { name: `${request.name}.d.mts`, content: typesText(request, parts) },
    ...(request.hasWeightsFile ? [{ name: file, content: bytes }] : []),
  ]);
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x6000) text += String.fromCharCode(...bytes.subarray(at, at + 0x6000));
  return btoa(text);
}
