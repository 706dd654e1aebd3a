// What a command is to work on: the file, one cell or model of it, and values for its parameters (`--set H=4`).
import { existsSync, statSync } from "node:fs";
import { InvalidArgumentError, Option, type Command } from "commander";
import { UserError } from "../base/diagnostic.ts";
import type { Source } from "../base/source.ts";
import { open } from "../compile.ts";
import type { Definition } from "../lang/ast.ts";
import type { Statics } from "../lang/elaborate/program.ts";
import { nearest } from "../lang/nearest.ts";
import type { FileScope, ScopedDefinition } from "../lang/scope.ts";
import { loaderWith, readSpec } from "../module/library.ts";
import { constant } from "../shape/dim.ts";

/** `H=4` as it stands on the command line. */
export interface Assignment {
  readonly name: string;
  readonly value: number;
}

/** Which definition, where a file has several. */
export interface Choice {
  readonly cell?: string;
  readonly model?: string;
}

/** Reads a spec file. Throws a UserError in one sentence where there is none. */
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

/** `--include DIR`, as often as wanted. */
export function includeOption(): Option {
  return new Option("--include <dir>", "let `use` read specs in this folder too; may be repeated")
    .argParser((folder: string, before: readonly string[]) => [...before, folder])
    .default([], "the spec's own folder");
}

/** Reads and parses a spec file and what it uses. Throws a UserError or a CompileError. */
export function openSpec(path: string, { include }: Included): FileScope {
  return open(readSpecFile(path), loaderWith(include));
}

/** The definition that was asked for, else the first of the file. */
export function chooseDefinition(scope: FileScope, { cell, model }: Choice): ScopedDefinition {
  if (cell !== undefined) return named(scope, cell, "cell");
  if (model !== undefined) return named(scope, model, "model");
  return first(scope, () => true, "cell or model");
}

/** The definition that was asked for, else the first model of the file, else its first cell. */
export function chooseModelFirst(scope: FileScope, choice: Choice): ScopedDefinition {
  const isNamed = choice.cell !== undefined || choice.model !== undefined;
  const models = [...scope.definitions.values()].filter(
    (each) => each.scope === scope && each.definition.kind === "model",
  );
  return (isNamed ? undefined : models[0]) ?? chooseDefinition(scope, choice);
}

/** The model that was asked for, else the first of the file. */
export function chooseModel(scope: FileScope, name: string | undefined): ScopedDefinition {
  return name === undefined ? first(scope, ({ kind }) => kind === "model", "model") : named(scope, name, "model");
}

function first(scope: FileScope, isWanted: (definition: Definition) => boolean, what: string): ScopedDefinition {
  const found = [...scope.definitions.values()].find((each) => each.scope === scope && isWanted(each.definition));
  if (found === undefined) throw new UserError(`${scope.file.source.name}: there is no ${what} in this file`);
  return found;
}

function named(scope: FileScope, name: string, kind: Definition["kind"]): ScopedDefinition {
  const found = scope.definitions.get(name);
  if (found !== undefined && found.definition.kind === kind) return found;
  const path = scope.file.source.name;
  if (found !== undefined)
    throw new UserError(
      `${path}: \`${name}\` is a ${found.definition.kind}: choose it with --${found.definition.kind}`,
    );
  const known = [...scope.definitions].flatMap(([each, { definition }]) => (definition.kind === kind ? [each] : []));
  const there = known.length === 0 ? `; it has no ${kind}` : `; it has ${known.join(", ")}`;
  throw new UserError(`${path}: there is no ${kind} \`${name}\` in this file${suggestion(name, known) ?? there}`);
}

/** Values for parameters by name. Throws a UserError for a name that the definition does not have. */
export function staticsFrom({ definition }: ScopedDefinition, assignments: readonly Assignment[]): Statics {
  const known = definition.parameters.map((parameter) => parameter.name.name);
  const wrong = assignments.find(({ name }) => !known.includes(name));
  if (wrong !== undefined) {
    const list = known.length === 0 ? "; it has none" : `; it has ${known.join(", ")}`;
    throw new UserError(
      `\`${definition.name.name}\` has no parameter \`${wrong.name}\`${suggestion(wrong.name, known) ?? list}`,
    );
  }
  return new Map(assignments.map(({ name, value }) => [name, constant(value)]));
}

/** Ends a sentence about an unknown name. */
export function suggestion(name: string, known: readonly string[]): string | undefined {
  const close = nearest(name, known);
  return close === undefined ? undefined : `; did you mean \`${close}\`?`;
}

function readAssignment(text: string, before: readonly Assignment[]): readonly Assignment[] {
  const [, name, value] = /^\s*([\p{L}][\p{L}\p{N}_]*)\s*=\s*(\S+)\s*$/u.exec(text) ?? [];
  if (name === undefined || value === undefined || !Number.isFinite(Number(value))) {
    throw new InvalidArgumentError("expected NAME=NUMBER, such as H=256.");
  }
  return [...before, { name, value: Number(value) }];
}

/** `--set H=256`, as often as wanted. Its value is a list of assignments. */
export function setOption(): Option {
  return new Option("--set <name=number>", "give a parameter a value; may be repeated")
    .argParser(readAssignment)
    .default([], "the spec's own");
}

function cellOption(): Option {
  return new Option("--cell <name>", "the cell to take (default: the file's first definition)");
}

/** `--cell X`. */
export function addCell(command: Command): Command {
  return command.addOption(cellOption());
}

/** `--cell X` and `--model X`, of which at most one may be given. */
export function addChoice(command: Command): Command {
  return command
    .addOption(cellOption().conflicts("model"))
    .addOption(new Option("--model <name>", "the model to take"));
}
