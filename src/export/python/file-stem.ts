// The stem of the names of a Python file and its weights.
import { Identifiers } from "../identifiers.ts";
import { RESERVED } from "./text.ts";

/** Modules that the generated files import: a file of that name would stand in their place. */
const MODULES = ["argparse", "os", "random", "numpy", "safetensors", "train", "train_ddp"];

/** A name that Python can import, and that is no module of its own. */
export function fileStem(name: string): string {
  return new Identifiers([...RESERVED, ...MODULES]).fresh(name);
}
