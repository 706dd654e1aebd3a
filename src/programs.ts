// From text to programs: checked definitions, and the graph of each. No IO: the loader reads files.
import type { Diagnostic } from "./base/diagnostic.ts";
import { CompileError } from "./base/diagnostic.ts";
import type { Source } from "./base/source.ts";
import type { Definition } from "./lang/ast.ts";
import {
  elaborateCell,
  elaborateModel,
  type Elaborated,
  type Program,
  type Statics,
} from "./lang/elaborate/program.ts";
import { MOST_DIAGNOSTICS } from "./lang/elaborate/context.ts";
import type { Options } from "./lang/elaborate/options.ts";
import type { Layers } from "./lang/elaborate/wiring.ts";
import { firstOf } from "./lang/error.ts";
import { openFile, type FileScope, type Loader, type Opened, type ScopedDefinition } from "./lang/scope.ts";
import { symbol } from "./shape/dim.ts";
import type { Visit } from "./passes/list.ts";

export type { Layers as Wiring };

/** Parses a file and the files that it uses. Throws a CompileError with every syntax error, or with every error that is found. */
export function open(source: Source, load: Loader): FileScope {
  const opened = openFile(source, load);
  if (hasErrors(opened.diagnostics)) refuse(allOf(opened));
  return opened.scope;
}

/** Every diagnostic of a file: of its syntax, and of each cell and model in it. */
export function check(source: Source, load: Loader): readonly Diagnostic[] {
  return checkFile(source, load).diagnostics;
}

/** As `check`, with the definitions of the file. */
export function checkFile(source: Source, load: Loader): Pick<Opened, "scope" | "diagnostics"> {
  const opened = openFile(source, load);
  return { scope: opened.scope, diagnostics: allOf(opened) };
}

/** With the diagnostics of its cells and models, if the file has no syntax error. */
function allOf({ scope, diagnostics, isParsed }: Opened): readonly Diagnostic[] {
  if (!isParsed) return diagnostics;
  const own = [...scope.definitions.values()].filter((each) => each.scope === scope);
  const found = new Map<string, Diagnostic>();
  const passed = new Set<Definition>();
  for (const definition of own) {
    if (found.size > MOST_DIAGNOSTICS) break;
    if (passed.has(definition.definition)) continue;
    const { diagnostics: mine, suspects, overfull = [] } = elaborate(definition, new Map(), CHECKED);
    const more = suspects.flatMap((name) => withNameFor(name, definition));
    for (const each of [...mine, ...more]) found.set(placeOf(each), each);
    for (const each of overfull) passed.add(each);
  }
  return firstOf(MOST_DIAGNOSTICS, [...diagnostics, ...found.values()]);
}

const CHECKED: Options = { ragged: true, training: true, states: "initial" };

/** Diagnostics that need a parameter without a value: that another size must be equal to it. */
function withNameFor(parameter: string, definition: ScopedDefinition): readonly Diagnostic[] {
  const { program, diagnostics } = elaborate(definition, new Map([[parameter, symbol(parameter)]]), CHECKED);
  return program === null ? [] : diagnostics;
}

/** One mistake in a cell is one error, even if the cell is used several times. */
function placeOf(diagnostic: Diagnostic): string {
  const { code, span } = diagnostic;
  return span === undefined ? `${code} ${diagnostic.title}` : `${code} ${span.source.name} ${span.start} ${span.end}`;
}

export function elaborate(
  { definition, scope }: ScopedDefinition,
  statics: Statics,
  options: Options & { readonly wiring?: Layers },
): Elaborated {
  return definition.kind === "cell"
    ? elaborateCell(definition, scope, statics, options)
    : elaborateModel(definition, scope, statics, options);
}

/** A definition as a program. Throws a CompileError with every error in it. */
export function programOf(
  definition: ScopedDefinition,
  statics: Statics,
  options: Options & { readonly wiring?: Layers },
  visit: Visit = () => {},
): Program {
  const { program, diagnostics, open: missing } = elaborate(definition, statics, options);
  refuse(diagnostics);
  if (program === null) throw new CompileError(missing === undefined ? diagnostics : [missing]);
  visit("graph", program.graph);
  return program;
}

function refuse(diagnostics: readonly Diagnostic[]): void {
  if (hasErrors(diagnostics)) throw new CompileError(diagnostics);
}

function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((each) => each.severity === "error");
}
