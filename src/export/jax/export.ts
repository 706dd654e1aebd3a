// `recurra compile --format jax`: NAME.py, its weights, and a program that trains it on one or more devices.
import { exportedFiles } from "../python/exported-files.ts";
import { fileStem } from "../python/file-stem.ts";
import type { ExportedFile, ExportRequest } from "../request.ts";
import { writeModule } from "./module.ts";
import { trainText } from "./train.ts";

export async function exportJax(given: ExportRequest): Promise<readonly ExportedFile[]> {
  const request = { ...given, name: fileStem(given.name) };
  const written = writeModule(request);
  return Promise.resolve(
    exportedFiles(request, written, {
      name: "train.py",
      text: (loss, tables) => trainText(request.name, loss, tables),
    }),
  );
}
