// Which cells and models a file's names mean, its own and those that `use` brings, for a whole set of files.
import { UserError, type Diagnostic } from "../base/diagnostic.ts";
import type { Source } from "../base/source.ts";
import type { Definition, Identifier, SpecFile, Use } from "./ast.ts";
import { cyclicUse, definedTwice, missingFile, unknownName, unreadableFile } from "./messages.ts";
import { parse, type Parsed } from "./parse.ts";

export interface FileScope {
  readonly file: SpecFile;
  readonly definitions: ReadonlyMap<string, ScopedDefinition>;
}

export interface ScopedDefinition {
  readonly definition: Definition;
  /** The scope of the file it stands in. */
  readonly scope: FileScope;
}

/**
 * Finds the files that `use … from "path"` may mean: the shipped library's for `cells`, else one beside `from`. `root` is the file that
 * all of them are read for, and its folder the one that they may stand in.
 * Throws a UserError where there is one that cannot or must not be read.
 */
export type Loader = (path: string, from: Source, root: Source) => readonly Source[];

const parsedSources = new WeakMap<Source, Parsed>();

/** The shipped library is one set of sources for the whole process, so it is parsed once. */
function parsedOnce(source: Source): Parsed {
  const known = parsedSources.get(source);
  if (known !== undefined) return known;
  const parsed = parse(source);
  parsedSources.set(source, parsed);
  return parsed;
}

/** Of several files, those whose text defines the names; all of them where it does not show, so that a near name is found. */
function defining(sources: readonly Source[], names: readonly Identifier[]): readonly Source[] {
  const defines = (name: Identifier): RegExp => new RegExp(`(cell|model)\\s+${name.name}(?![\\p{L}\\p{N}_])`, "u");
  const perName = names.map((name) => sources.filter(({ text }) => defines(name).test(text)));
  if (sources.length === 1 || perName.some((found) => found.length === 0)) return sources;
  return sources.filter((source) => perName.some((found) => found.includes(source)));
}

/** Parses a file and all that it uses. */
export function openFile(
  source: Source,
  load: Loader,
): { readonly scope: FileScope; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const opened = new Map<string, FileScope>();

  const open = (each: Source, trail: readonly string[]): FileScope => {
    const known = opened.get(each.name);
    if (known !== undefined) return known;
    const parsed = parsedOnce(each);
    diagnostics.push(...parsed.diagnostics);
    const definitions = new Map<string, ScopedDefinition>();
    const scope: FileScope = { file: parsed.file, definitions };
    opened.set(each.name, scope);
    for (const definition of parsed.file.definitions) {
      const before = definitions.get(definition.name.name);
      if (before !== undefined) diagnostics.push(definedTwice(definition.name, before.definition.name));
      else definitions.set(definition.name.name, { definition, scope });
    }
    for (const use of parsed.file.uses) bring(use, each, scope, definitions, [...trail, each.name]);
    return scope;
  };

  const bring = (
    use: Use,
    from: Source,
    scope: FileScope,
    definitions: Map<string, ScopedDefinition>,
    trail: readonly string[],
  ): void => {
    const sources = sourcesOf(use, from);
    if (sources.length === 0) return;
    const cycle = sources.find((each) => trail.includes(each.name));
    if (cycle !== undefined) {
      diagnostics.push(cyclicUse([...trail.slice(trail.indexOf(cycle.name)), cycle.name], use.path.span));
      return;
    }
    const found = defining(sources, use.names).map((each) => open(each, trail));
    use.names.forEach((name) => take(name, use, scope, definitions, found));
  };

  /** None where that has been reported. */
  const sourcesOf = ({ path }: Use, from: Source): readonly Source[] => {
    try {
      const sources = load(path.value, from, source);
      if (sources.length === 0) diagnostics.push(missingFile(path.value, path.span));
      return sources;
    } catch (problem) {
      if (!(problem instanceof UserError)) throw problem;
      diagnostics.push(unreadableFile(problem.message, path.span));
      return [];
    }
  };

  const take = (
    name: Identifier,
    use: Use,
    scope: FileScope,
    definitions: Map<string, ScopedDefinition>,
    found: readonly FileScope[],
  ): void => {
    const own = (each: FileScope): ScopedDefinition | undefined => {
      const definition = each.definitions.get(name.name);
      return definition?.scope === each ? definition : undefined;
    };
    const definition = found.map(own).find((each) => each !== undefined);
    const before = definitions.get(name.name);
    if (definition === undefined) {
      const known = found.flatMap((each) => each.file.definitions.map((one) => one.name.name));
      diagnostics.push(unknownName(name.name, name.span, known, `in "${use.path.value}"`));
    } else if (before !== undefined && before.scope === scope) {
      diagnostics.push(definedTwice(before.definition.name, name));
    } else {
      definitions.set(name.name, definition);
    }
  };

  return { scope: open(source, []), diagnostics };
}
