// Options that choose what a command works on: a file, a cell or model in it, and values of its parameters (`--set H=4`).
import { existsSync, statSync } from "node:fs";
import { InvalidArgumentError, Option, type Command } from "commander";
import { UserError } from "../base/diagnostic.ts";
import type { Source } from "../base/source.ts";
import { open } from "../compile.ts";
import type { Statics } from "../lang/elaborate/program.ts";
import { nearest } from "../lang/nearest.ts";
import type { FileScope, ScopedDefinition } from "../lang/scope.ts";
import { withParameters } from "../library/choose.ts";
import { refuseUnknown } from "../library/names.ts";
import { constant } from "../shape/dim.ts";
import { loaderWith, readSpec } from "../shipped/specs.ts";

/** `H=4` of the command line. */
export interface Assignment {
  readonly name: string;
  readonly value: number;
}

/** `H=4` or `Cell=GRU` of the command line. */
export interface Given {
  readonly name: string;
  readonly value: number | string;
}

/** Reads a spec file. Throws a UserError if there is none. */
export function readSpecFile(path: string): Source {
  if (existsSync(path) && statSync(path).isDirectory()) {
    throw new UserError(`${path}: that is a folder, but a spec file (NAME.rec) was expected`);
  }
  return readSpec(path);
}

/** Folders besides the spec's own from which `use` may read. */
export interface Included {
  readonly include: readonly string[];
}

/** `--include DIR`, which may be repeated. */
export function includeOption(): Option {
  return new Option("--include <dir>", "let `use` read specs in this folder too; may be repeated")
    .argParser((folder: string, before: readonly string[]) => [...before, folder])
    .default([], "the spec's own folder");
}

/** Reads and parses a spec file and what it uses. Throws a UserError or a CompileError. */
export function openSpec(path: string, { include }: Included): FileScope {
  return open(readSpecFile(path), loaderWith(include));
}

/** Values of `--set` by name: those of the definition's parameters, and sizes that its spec leaves open. */
export function dividedAssignments<G extends Given>(
  { definition }: ScopedDefinition,
  assignments: readonly G[],
): { readonly parameters: readonly G[]; readonly sizes: ReadonlyMap<string, G["value"]> } {
  const isParameter = ({ name }: Given): boolean => definition.parameters.some((each) => each.name.name === name);
  const others = assignments.filter((each) => !isParameter(each));
  return {
    parameters: assignments.filter(isParameter),
    sizes: new Map(others.map(({ name, value }) => [name, value])),
  };
}

/** A definition with the cells of `--set C=GRU`, and the other values, which are numbers. */
export interface Chosen {
  readonly definition: ScopedDefinition;
  readonly numbers: readonly Assignment[];
}

/** Gives a definition its cells. `path`: the spec. Throws a UserError or a CompileError for a cell that is not found. */
export function withGivenCells(
  definition: ScopedDefinition,
  given: readonly Given[],
  path: string,
  { include }: Included,
): Chosen {
  const isCell = ({ name }: Given): boolean =>
    definition.definition.parameters.some((each) => each.kind === "cell" && each.name.name === name);
  const sources = { load: loaderWith(include), root: readSpecFile(path) };
  const entries = given.filter(isCell).map(({ name, value }) => [name, value] as const);
  return {
    definition: withParameters(definition, entries, sources).definition,
    numbers: given.filter((each) => !isCell(each)).map(asNumber),
  };
}

/** Throws a UserError for a value that is not a number. */
export function asNumber({ name, value }: Given): Assignment {
  if (typeof value === "number") return { name, value };
  throw new UserError(`--set ${name}=${value}: expected a number, such as ${name}=256`);
}

/** Numbers for parameters by name. Throws a UserError for a name that the definition does not have. */
export function staticsFrom(definition: ScopedDefinition, numbers: readonly Assignment[]): Statics {
  const { name: own, parameters } = definition.definition;
  const known = parameters.map(({ name }) => name.name);
  refuseUnknown(
    numbers.map(({ name }) => name),
    known,
    `\`${own.name}\` has no parameter`,
  );
  return new Map(numbers.map(({ name, value }) => [name, constant(value)]));
}

/** The end of a message about an unknown name. */
export function suggestion(name: string, known: readonly string[]): string | undefined {
  const close = nearest(name, known);
  return close === undefined ? undefined : `; did you mean \`${close}\`?`;
}

export function readGiven(text: string, before: readonly Given[]): readonly Given[] {
  const [, name, value] = /^\s*([\p{L}][\p{L}\p{N}_.]*)\s*=\s*(.*\S)\s*$/su.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError("expected NAME=VALUE, such as H=256 or Cell=GRU.");
  return [...before, { name, value: Number.isFinite(Number(value)) ? Number(value) : value }];
}

/** `--set H=256`, which may be repeated. Its value is a list of what is given. */
export function setOption(): Option {
  return new Option("--set <name=value>", "give a parameter a number or a cell; may be repeated")
    .argParser(readGiven)
    .default([], "the spec's own");
}

function cellOption(standard = "the file's first definition"): Option {
  return new Option("--cell <name>", `the cell to use (default: ${standard})`);
}

/** `--cell X`. */
export function addCell(command: Command): Command {
  return command.addOption(cellOption());
}

/** `--cell X` and `--model X`, at most one of them. `standard`: what is used without them, for the help. */
export function addChoice(command: Command, standard?: string): Command {
  return command
    .addOption(cellOption(standard).conflicts("model"))
    .addOption(new Option("--model <name>", "the model to use"));
}
