// Options that choose what a command works on: a file, a cell or model in it, and values of its parameters (`--set H=4`).
import { existsSync, statSync } from "node:fs";
import { InvalidArgumentError, Option, type Command } from "commander";
import { UserError } from "../base/diagnostic.ts";
import type { Source } from "../base/source.ts";
import { open } from "../compile.ts";
import type { Statics } from "../lang/elaborate/program.ts";
import { nearest } from "../lang/nearest.ts";
import type { FileScope, ScopedDefinition } from "../lang/scope.ts";
import { staticsOf } from "../library/choose.ts";
import { loaderWith, readSpec } from "../shipped/specs.ts";

/** `H=4` of the command line. */
export interface Assignment {
  readonly name: string;
  readonly value: number;
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
export function dividedAssignments(
  { definition }: ScopedDefinition,
  assignments: readonly Assignment[],
): { readonly parameters: readonly Assignment[]; readonly sizes: ReadonlyMap<string, number> } {
  const isParameter = ({ name }: Assignment): boolean => definition.parameters.some((each) => each.name.name === name);
  const others = assignments.filter((each) => !isParameter(each));
  return {
    parameters: assignments.filter(isParameter),
    sizes: new Map(others.map(({ name, value }) => [name, value])),
  };
}

/** Values for parameters by name. Throws a UserError for a name that the definition does not have. */
export function staticsFrom(definition: ScopedDefinition, assignments: readonly Assignment[]): Statics {
  return staticsOf(
    definition,
    assignments.map(({ name, value }) => [name, value]),
  );
}

/** The end of a message about an unknown name. */
export function suggestion(name: string, known: readonly string[]): string | undefined {
  const close = nearest(name, known);
  return close === undefined ? undefined : `; did you mean \`${close}\`?`;
}

function readAssignment(text: string, before: readonly Assignment[]): readonly Assignment[] {
  const [, name, value] = /^\s*([\p{L}][\p{L}\p{N}_.]*)\s*=\s*(\S+)\s*$/u.exec(text) ?? [];
  if (name === undefined || value === undefined || !Number.isFinite(Number(value))) {
    throw new InvalidArgumentError("expected NAME=NUMBER, such as H=256.");
  }
  return [...before, { name, value: Number(value) }];
}

/** `--set H=256`, which may be repeated. Its value is a list of assignments. */
export function setOption(): Option {
  return new Option("--set <name=number>", "give a parameter a value; may be repeated")
    .argParser(readAssignment)
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
