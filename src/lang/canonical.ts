// A source in its canonical layout. It is checked that the result means the same, and that formatting it again changes nothing.
import type { Diagnostic } from "../base/diagnostic.ts";
import { invariant } from "../base/invariant.ts";
import type { Source } from "../base/source.ts";
import type { SpecFile } from "./ast.ts";
import { format } from "./format.ts";
import { parse } from "./parse.ts";

/** The canonical text, or null with the diagnostics of a file that cannot be read. */
export function canonical(source: Source): {
  readonly text: string | null;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { file, diagnostics } = parse(source);
  if (diagnostics.length > 0) return { text: null, diagnostics };
  const text = format(file);
  const again = parse({ name: source.name, text });
  invariant(again.diagnostics.length === 0, "format", `${source.name} cannot be read again`);
  invariant(bare(again.file) === bare(file), "format", `${source.name} would mean something else`);
  invariant(format(again.file) === text, "format", `${source.name} would be changed by another round`);
  return { text, diagnostics };
}

/** A tree as text, without places. */
function bare(file: SpecFile): string {
  return JSON.stringify(file, (key, value: unknown) => (key === "span" || key === "source" ? undefined : value));
}
