// `FILE.rec:NAME` on the command line: a definition of a spec file.
import type { Choice } from "../library/choose.ts";
import { openSpec, type Included } from "./select.ts";

export interface NamedSpec {
  readonly file: string;
  /** Empty for a path without a name. */
  readonly choice: Choice;
}

/** Throws a UserError or a CompileError if a name is given and the spec cannot be opened. */
export function namedSpec(path: string, included: Included): NamedSpec {
  const [, file = path, name] = /^(.*\.rec):([\p{L}_][\p{L}\p{N}_]*)$/u.exec(path) ?? [];
  if (name === undefined) return { file, choice: {} };
  const kind = openSpec(file, included).definitions.get(name)?.definition.kind ?? "cell";
  return { file, choice: { [kind]: name } };
}
