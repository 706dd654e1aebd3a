// Which cells and models the names of a file mean: its own and those from `use`, for a whole set of files.
import { UserError, type Diagnostic } from "../base/diagnostic.ts";
import type { Source } from "../base/source.ts";
import type { Definition, Identifier, SpecFile, Use } from "./ast.ts";
import { cyclicUse, definedTwice, missingFile, unknownName, unreadableFile } from "./messages.ts";
import { listed } from "./messages-statements.ts";
import { parse, type Parsed } from "./parse.ts";

export interface FileScope {
  readonly file: SpecFile;
  readonly definitions: ReadonlyMap<string, ScopedDefinition>;
  /** Names that a \`use\` asks for but does not find. This has been reported, so nothing more is reported about them. */
  readonly missing: ReadonlySet<string>;
}

export interface ScopedDefinition {
  readonly definition: Definition;
  /** The scope of its file. */
  readonly scope: FileScope;
}

/**
 * Finds the files that `use … from "path"` may mean: the shipped ones for `cells`, or one beside `from`. `root` is the first file.
 * Files must be in its folder or below.
 * Throws a UserError for a file that cannot or must not be read.
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

/** Those of several files whose text defines the names; all of them if none does, so that a near name is found. */
function defining(sources: readonly Source[], names: readonly Identifier[]): readonly Source[] {
  const defines = (name: Identifier): RegExp => new RegExp(`(cell|model)\\s+${name.name}(?![\\p{L}\\p{N}_])`, "u");
  const perName = names.map((name) => sources.filter(({ text }) => defines(name).test(text)));
  if (sources.length === 1 || perName.some((found) => found.length === 0)) return sources;
  return sources.filter((source) => perName.some((found) => found.includes(source)));
}

export interface Opened {
  readonly scope: FileScope;
  readonly diagnostics: readonly Diagnostic[];
  /** Whether every file could be read and parsed, so that all definitions are known. */
  readonly isParsed: boolean;
}

/** Parses a file and all that it uses. */
export function openFile(source: Source, load: Loader): Opened {
  const diagnostics: Diagnostic[] = [];
  let isParsed = true;
  const opened = new Map<string, FileScope>();

  const open = (each: Source, trail: readonly string[]): FileScope => {
    const known = opened.get(each.name);
    if (known !== undefined) return known;
    const parsed = parsedOnce(each);
    diagnostics.push(...parsed.diagnostics);
    if (parsed.diagnostics.length > 0) isParsed = false;
    const definitions = new Map<string, ScopedDefinition>();
    const names = parsed.file.uses.flatMap((use) => use.names.map(({ name }) => name));
    const missing = new Set(names);
    const scope: FileScope = { file: parsed.file, definitions, missing };
    opened.set(each.name, scope);
    for (const definition of parsed.file.definitions) {
      const before = definitions.get(definition.name.name);
      if (before !== undefined) diagnostics.push(definedTwice(definition.name, before.definition.name));
      else definitions.set(definition.name.name, { definition, scope });
    }
    for (const use of parsed.file.uses) bring(use, each, scope, definitions, [...trail, each.name]);
    for (const name of definitions.keys()) missing.delete(name);
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

  /** None if that has been reported. */
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
      const offered = known.length === 0 ? "it defines nothing" : `it has ${listed(known, 20)}`;
      diagnostics.push(unknownName(name.name, name.span, known, `in "${use.path.value}"`, { otherwise: offered }));
    } else if (before !== undefined && before.scope === scope) {
      diagnostics.push(definedTwice(before.definition.name, name));
    } else {
      definitions.set(name.name, definition);
    }
  };

  const scope = open(source, []);
  return { scope, diagnostics, isParsed };
}
