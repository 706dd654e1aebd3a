// Weights in a file beside their module: read where there is a file system, else fetched.
import { builtin } from "./blob.ts";

export async function readBeside(file: URL): Promise<Uint8Array> {
  const fs = file.protocol === "file:" ? builtin("node:fs") : undefined;
  if (fs !== undefined) return new Uint8Array(fs.readFileSync(file));
  const response = await fetch(file);
  if (!response.ok) throw new Error(`the weights could not be read: ${file.href} (${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}
