// Compiled modules in tests: every definition of some spec files, compiled with small sizes by the library and as a module.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished } from "vitest";
import { uniformAt } from "../../src/base/random.ts";
import { open, programOf } from "../../src/compile.ts";
import { compile, type CompiledModel, type CompileToOptions, type NumberArray } from "../../src/index.ts";
import type { WritingModel as Model } from "../../src/module/runtime/writing-model.ts";
import { constant, symbolsOf } from "../../src/shape/dim.ts";
import { ownAxes } from "../../src/shape/type.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";

/** One definition of a file. */
export interface Definition {
  readonly title: string;
  readonly file: string;
  readonly kind: "cell" | "model";
  readonly name: string;
}

const FOLDERS = ["specs/cells", "specs/models", "test/wirings", "test/cells"];

export const DEFINITIONS: readonly Definition[] = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".rec"))
    .toSorted()
    .flatMap((file) => definitionsOf(join(folder, file))),
);

function definitionsOf(file: string): readonly Definition[] {
  const scope = open({ name: file, text: readFileSync(file, "utf8") }, loadFromDisk);
  return [...scope.definitions].flatMap(([name, each]) =>
    each.scope === scope ? [{ title: `${file}: ${name}`, file, kind: each.definition.kind, name }] : [],
  );
}

/** Parameters without a default. */
const PARAMETER = 6;
/** Sizes that data would tell, and vocabularies. */
const SIZE = 5;
const TOKENS = 9;

/** The definition on the library's wasm target, one thread, freed after the test. */
export async function compiledDefinition({ file, kind, name }: Definition): Promise<CompiledModel> {
  const text = readFileSync(file, "utf8");
  const scope = open({ name: file, text }, loadFromDisk);
  const definition = scope.definitions.get(name) ?? expect.fail(name);
  const parameters = definition.definition.parameters
    .filter((each) => each.default === null)
    .map((each) => each.name.name);
  const set = Object.fromEntries(parameters.map((each) => [each, PARAMETER]));
  const program = programOf(definition, new Map(parameters.map((each) => [each, constant(PARAMETER)])), {
    ragged: false,
    training: false,
    states: "initial",
  });
  const sizes = new Map<string, number>();
  for (const { type } of program.parameters)
    for (const { size } of type.axes) for (const symbol of symbolsOf(size)) sizes.set(symbol, SIZE);
  for (const { type } of program.inputs)
    for (const { size } of ownAxes(type)) for (const symbol of symbolsOf(size)) sizes.set(symbol, SIZE);
  for (const { token } of program.inputs)
    if (token !== undefined && !/^\d+$/.test(token.vocabulary)) sizes.set(token.vocabulary, TOKENS);
  const model = await compile(text, {
    name: file,
    [kind]: name,
    set,
    sizes: Object.fromEntries(sizes),
    target: "wasm",
  });
  onTestFinished(() => model.dispose());
  return model;
}

/** The module of a model, imported from a folder that is removed after the test. */
export async function importedModule(model: CompiledModel, options: CompileToOptions = {}): Promise<Model> {
  const folder = mkdtempSync(join(tmpdir(), "recurra-module-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = await model.compile({ ...options, format: "module" });
  for (const { name, content } of files) writeFileSync(join(folder, name), content);
  const { load } = await import(/* @vite-ignore */ pathToFileURL(join(folder, files[0]?.name ?? "")).href);
  return load();
}

/** Numbers or token ids for an input, the same for the same arguments. */
export function arrayFor(
  { name, type }: CompiledModel["inputs"][number],
  {
    batch,
    steps,
    isStep = false,
  }: { readonly batch: number | null; readonly steps: number; readonly isStep?: boolean },
): NumberArray {
  const own = /\[([^\]]*)\]/.exec(type)?.[1] ?? "";
  const isToken = /(?:char|word|label|token)\[/.test(type);
  const sizes = isToken || own === "" ? [] : own.split(", ").map(Number);
  const shape = [...(batch === null ? [] : [batch]), ...(type.startsWith("seq") && !isStep ? [steps] : []), ...sizes];
  const count = shape.reduce((product, size) => product * size, 1);
  const tokens = /^\d+$/.test(own) ? Number(own) : TOKENS;
  const at = (index: number): number => uniformAt(7, `${name} ${batch} ${steps}`, index);
  return {
    shape,
    data: isToken
      ? Int32Array.from({ length: count }, (_, index) => Math.floor(Math.min(tokens, TOKENS) * at(index)))
      : Float32Array.from({ length: count }, (_, index) => 2 * at(index) - 1),
  };
}

/** Inputs as the module names their types, with sizes in place of names. */
export function inputsOf(module: Model): CompiledModel["inputs"] {
  return module.inputs.map(({ name, role, type }) => ({
    name,
    role: role === "memory" ? "memory" : role === "target" ? "target" : "input",
    type,
  }));
}
