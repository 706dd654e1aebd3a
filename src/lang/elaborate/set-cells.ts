// Cells that are given from outside: `--set Cell=GRU`, `{ Cell: "./mine.rec:Mine(64)" }`. Each becomes the default of its parameter, so that
// whoever reads the definition has it. What is not in the file is found as by `use`: in the file that is named, or in the shipped cells.
import { CompileError, UserError } from "../../base/diagnostic.ts";
import type { Source } from "../../base/source.ts";
import type { Definition, Expression } from "../ast.ts";
import { parseExpression } from "../parse.ts";
import { openFile, type Loader, type ScopedDefinition } from "../scope.ts";
import { FORM_NAMES } from "./forms.ts";
import { namesRead } from "./order.ts";

/** Where cells are looked for: `root` is the first spec file, to which paths are relative. */
export interface CellSources {
  readonly load: Loader;
  readonly root: Source;
}

/** The definition with these cells, by the names of its parameters. Throws a UserError or a CompileError for what is not a cell. */
export function withCells(
  { definition, scope }: ScopedDefinition,
  cells: ReadonlyMap<string, string>,
  sources: CellSources,
): ScopedDefinition {
  if (cells.size === 0) return { definition, scope };
  const found = new Map(scope.definitions);
  const given = new Map(
    [...cells].map(([name, text]) => [name, readGivenCell(name, text, { definition, found, sources })]),
  );
  const parameters = definition.parameters.map((each) => ({
    ...each,
    default: given.get(each.name.name) ?? each.default,
  }));
  return { definition: { ...definition, parameters }, scope: { ...scope, definitions: found }, cells };
}

interface Reading {
  readonly definition: Definition;
  /** The definitions that the cells may name; those that are found are added. */
  readonly found: Map<string, ScopedDefinition>;
  readonly sources: CellSources;
}

const WITH_FILE = /^\s*([^()]+?)\s*:\s*(\p{L}[\p{L}\p{N}_]*)\s*(\(.*\))?\s*$/su;

function readGivenCell(parameter: string, text: string, { definition, found, sources }: Reading): Expression {
  const label = `set ${parameter}`;
  const [, path, name = "", given = ""] = WITH_FILE.exec(text) ?? [];
  const { expression, diagnostics } = parseExpression(path === undefined ? text : `${name}${given}`, label);
  if (expression === undefined || diagnostics.length > 0) throw new CompileError(diagnostics);
  const outermost = expression.kind === "call" ? expression.callee : expression;
  if (outermost.kind !== "name")
    throw new UserError(
      `the parameter ${parameter} is \`${text}\`, but it must be a cell: \`GRU\`, \`GRU(64)\` or \`./file.rec:Name\``,
    );
  const isKnown = (each: string): boolean =>
    found.has(each) || FORM_NAMES.includes(each) || definition.parameters.some((one) => one.name.name === each);
  for (const each of new Set(namesRead(expression))) {
    if ((path !== undefined && each === outermost.name) || isKnown(each)) continue;
    const shipped = used(each, "cells", label, sources);
    if (shipped.definition !== undefined) found.set(each, shipped.definition);
    // Another name may be a size; if it is nothing, that is reported where it is read.
    else if (each === outermost.name) throw new CompileError(shipped.diagnostics);
  }
  if (path === undefined) return expression;
  const own = used(name, path, label, sources);
  if (own.definition === undefined || own.diagnostics.length > 0) throw new CompileError(own.diagnostics);
  // A name that no spec can write, so that it hides none.
  const qualified = `${path}:${name}`;
  found.set(qualified, own.definition);
  const callee: Expression = { kind: "name", name: qualified, span: outermost.span };
  return expression.kind === "call" ? { ...expression, callee } : callee;
}

/** What `use NAME from "PATH"` in the first spec would find. */
function used(
  name: string,
  path: string,
  label: string,
  { load, root }: CellSources,
): {
  readonly definition: ScopedDefinition | undefined;
  readonly diagnostics: ReturnType<typeof openFile>["diagnostics"];
} {
  const statement: Source = { name: label, text: `use ${name} from "${path}"` };
  const { scope, diagnostics } = openFile(statement, (asked, from) =>
    load(asked, from === statement ? root : from, root),
  );
  return { definition: scope.definitions.get(name), diagnostics };
}
