// Files of the benchmark that are no JavaScript: in the package they are beside the bundle.
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The path of a file of `bench`. */
export function beside(path: string): string {
  const packed = join(import.meta.dirname, path);
  return existsSync(packed) ? packed : join(import.meta.dirname, "..", path);
}
