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
  /** Names that a `use` lists but that are not found. This has been reported, so nothing more is reported about them. */
  readonly missing: ReadonlySet<string>;
  /** Shipped cells that hold the equations of losses, by the names of the losses that the file uses. */
  readonly lossCells: ReadonlyMap<string, ScopedDefinition>;
}

/** Losses whose equations are a shipped cell. */
const CELLS_OF_LOSSES: ReadonlyMap<string, string> = new Map([["ctc", "CTC"]]);

export interface ScopedDefinition {
  readonly definition: Definition;
  /** The scope of its file. */
  readonly scope: FileScope;
  /** The cells that were given to its parameters from outside, as they were written. */
  readonly cells?: ReadonlyMap<string, string>;
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

/** The sources whose text defines the names; all of them if one name is in none, so that a similar name is found. */
function defining(sources: readonly Source[], ...names: readonly string[]): readonly Source[] {
  const defines = (name: string): RegExp => new RegExp(`(cell|model)\\s+${name}(?![\\p{L}\\p{N}_])`, "u");
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
  const opening = new Opening(source, load);
  const scope = opening.open(source, []);
  return { scope, diagnostics: opening.diagnostics, isParsed: opening.isParsed };
}

/** A scope whose definitions are still being added. */
interface OpenScope extends FileScope {
  readonly definitions: Map<string, ScopedDefinition>;
  readonly lossCells: Map<string, ScopedDefinition>;
}

/** A `use`, with the file in which it is and the names of the files that lead there, itself last. */
interface UseSite {
  readonly use: Use;
  readonly from: Source;
  readonly scope: OpenScope;
  readonly trail: readonly string[];
}

/** Opens each file once. */
class Opening {
  readonly diagnostics: Diagnostic[] = [];
  isParsed = true;
  readonly #root: Source;
  readonly #load: Loader;
  readonly #opened = new Map<string, FileScope>();

  constructor(root: Source, load: Loader) {
    this.#root = root;
    this.#load = load;
  }

  /** `trail`: the names of the files whose uses lead here. */
  open(source: Source, trail: readonly string[]): FileScope {
    const known = this.#opened.get(source.name);
    if (known !== undefined) return known;
    const { file, diagnostics } = parsedOnce(source);
    for (const diagnostic of diagnostics) this.diagnostics.push(diagnostic);
    if (diagnostics.length > 0) this.isParsed = false;
    const missing = new Set(file.uses.flatMap((use) => use.names.map(({ name }) => name)));
    const scope: OpenScope = { file, definitions: new Map(), missing, lossCells: new Map() };
    this.#opened.set(source.name, scope);
    this.#define(scope);
    for (const use of file.uses) this.#use({ use, from: source, scope, trail: [...trail, source.name] });
    for (const name of scope.definitions.keys()) missing.delete(name);
    for (const loss of lossesOf(file)) this.#useLoss(loss, source, scope);
    return scope;
  }

  /** Adds the cell of a loss, if it has one. */
  #useLoss(loss: string, from: Source, { lossCells }: OpenScope): void {
    const name = CELLS_OF_LOSSES.get(loss);
    if (name === undefined || lossCells.has(loss)) return;
    const found = defining(this.#load("cells", from, this.#root), name).map((each) => this.open(each, []));
    const definition = found.map(({ definitions }) => definitions.get(name)).find((each) => each !== undefined);
    if (definition !== undefined) lossCells.set(loss, definition);
  }

  /** Adds the file's own definitions. */
  #define(scope: OpenScope): void {
    const { file, definitions } = scope;
    for (const definition of file.definitions) {
      const before = definitions.get(definition.name.name);
      if (before !== undefined) this.diagnostics.push(definedTwice(definition.name, before.definition.name));
      else definitions.set(definition.name.name, { definition, scope });
    }
  }

  /** Adds the definitions that a `use` names. */
  #use(site: UseSite): void {
    const { use, trail } = site;
    // Shipped files use each other: only those that define the names count.
    const sources = defining(this.#sourcesOf(site), ...use.names.map(({ name }) => name));
    if (sources.length === 0) return;
    const cycle = sources.find((each) => trail.includes(each.name));
    if (cycle !== undefined) {
      this.diagnostics.push(cyclicUse([...trail.slice(trail.indexOf(cycle.name)), cycle.name], use.path.span));
      return;
    }
    const found = sources.map((each) => this.open(each, trail));
    for (const name of use.names) this.#bind(name, site, found);
  }

  /** Empty if an error has been reported. */
  #sourcesOf({ use: { path }, from }: UseSite): readonly Source[] {
    try {
      const sources = this.#load(path.value, from, this.#root);
      if (sources.length === 0) this.diagnostics.push(missingFile(path.value, path.span));
      return sources;
    } catch (problem) {
      if (!(problem instanceof UserError)) throw problem;
      this.diagnostics.push(unreadableFile(problem.message, path.span));
      return [];
    }
  }

  /** Binds one name of a `use` to its definition in one of the files that were found. */
  #bind(name: Identifier, { use, scope }: UseSite, found: readonly FileScope[]): void {
    const definition = found.map((each) => ownDefinition(each, name)).find((each) => each !== undefined);
    const before = scope.definitions.get(name.name);
    if (definition === undefined) {
      const known = found.flatMap((each) => each.file.definitions.map((one) => one.name.name));
      const all = use.path.value === "cells" ? "`recurra cells` lists what it has" : `it has ${listed(known, 20)}`;
      const offered = known.length === 0 ? "it defines nothing" : all;
      this.diagnostics.push(unknownName(name.name, name.span, known, `in "${use.path.value}"`, { otherwise: offered }));
    } else if (before !== undefined && before.scope === scope) {
      this.diagnostics.push(definedTwice(before.definition.name, name));
    } else {
      scope.definitions.set(name.name, definition);
    }
  }
}

/** The names of the losses of its predictions. */
function lossesOf({ definitions }: SpecFile): readonly string[] {
  return definitions.flatMap(({ body }) =>
    body.flatMap((each) => (each.kind === "predict" && each.by !== null ? [each.by.loss.name] : [])),
  );
}

/** A definition that the file has itself, not by `use`. */
function ownDefinition(scope: FileScope, name: Identifier): ScopedDefinition | undefined {
  const definition = scope.definitions.get(name.name);
  return definition?.scope === scope ? definition : undefined;
}
