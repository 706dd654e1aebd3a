// `recurra compile --format pytorch`: NAME.py, its weights, and a program that trains it on one or more processes.
import { exportedFiles } from "../python/exported-files.ts";
import { fileStem } from "../python/file-stem.ts";
import type { ExportedFile, ExportRequest } from "../request.ts";
import { writeModule } from "./module.ts";
import { trainText } from "./train.ts";

export async function exportPytorch(given: ExportRequest): Promise<readonly ExportedFile[]> {
  const request = { ...given, name: fileStem(given.name) };
  const written = writeModule(request);
  return Promise.resolve(
    exportedFiles(request, written, {
      name: "train_ddp.py",
      text: (loss, tables) => trainText(request.name, written.className, loss, tables),
    }),
  );
}
