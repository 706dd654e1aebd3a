// Every shipped cell and model, and specs written in a test, as programs.
import { expect } from "vitest";
import { renderDiagnostics } from "../../src/base/render.ts";
import { CompileError } from "../../src/base/diagnostic.ts";
import type { Source } from "../../src/base/source.ts";
import { open, programOf, type Wiring } from "../../src/compile.ts";
import type { Options } from "../../src/lang/elaborate/options.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { ScopedDefinition } from "../../src/lang/scope.ts";
import { loadFromDisk, shipped } from "../../src/shipped/specs.ts";
import { constant } from "../../src/shape/dim.ts";

export { differentiable, requestFor } from "../../src/gradcheck/differences.ts";

export interface Shipped {
  readonly name: string;
  readonly definition: ScopedDefinition;
}

/** The cells and models that a file defines itself. */
export function definitionsOf(source: Source): readonly Shipped[] {
  const scope = open(source, loadFromDisk);
  return [...scope.definitions.values()]
    .filter((each) => each.scope === scope)
    .map((definition) => ({ name: definition.definition.name.name, definition }));
}

const ALL = [...shipped("cells"), ...shipped("models")].flatMap(definitionsOf);

/** Every cell in specs/cells. */
export const ALL_CELLS: readonly Shipped[] = ALL.filter(({ definition }) => definition.definition.kind === "cell");

/** Cells of which each asks something else of the compiler, for tests that take long with all of them. */
export const CELLS: readonly Shipped[] = [
  "GRU ResetBeforeGRU MGU MinGRU UGRNN LSTM PeepholeLSTM LEM AntisymmetricRNN Dilated Hopfield RNN Jordan IndRNN",
  "AttentionDecoder AdditiveDecoder LocationSensitiveDecoder",
].flatMap((names) => names.split(" ").map((name) => ALL_CELLS.find((each) => each.name === name) ?? expect.fail(name)));

export const MODELS: readonly Shipped[] = ALL.filter(({ definition }) => definition.definition.kind === "model");

export function shippedNamed(name: string): ScopedDefinition {
  return ALL.find((each) => each.name === name)?.definition ?? expect.fail(`no shipped ${name}`);
}

/** Small sizes in place of a model's defaults; dimensions without a default stay names, whose sizes `sizesOf` says. */
const SMALL: Readonly<Record<string, number>> = { H: 3, E: 2, A: 4, layers: 2 };

/** Values for the parameters of a shipped definition that have defaults. */
export function small({ definition }: ScopedDefinition): ReadonlyMap<string, ReturnType<typeof constant>> {
  const withDefaults = definition.parameters.filter((parameter) => parameter.default !== null);
  return new Map(
    withDefaults.flatMap(({ name }) => {
      const size = SMALL[name.name];
      return size === undefined ? [] : [[name.name, constant(size)] as const];
    }),
  );
}

export const FULL: Options = { ragged: false, training: true, states: "given" };
export const RAGGED: Options = { ragged: true, training: true, states: "given" };

export const LAYOUTS = [
  ["full", FULL],
  ["ragged", RAGGED],
] as const;

export function shippedProgram(definition: ScopedDefinition, options: Options & { readonly wiring?: Wiring }): Program {
  const states = definition.definition.kind === "cell" ? "given" : "initial";
  return programOf(definition, small(definition), { ...options, states });
}

/** The first definition of a spec written in a test; dimensions stay names. Its errors fail the test, in full. */
export function programFrom(text: string, options: Options = FULL): Program {
  try {
    const scope = open({ name: "test.rec", text }, loadFromDisk);
    const first = [...scope.definitions.values()].find((each) => each.scope === scope) ?? expect.fail("no definition");
    return programOf(first, new Map(), options);
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem;
    return expect.fail(renderDiagnostics(problem.diagnostics, { color: false }));
  }
}

/** The float outputs of a cell: its output, its quantities and its last states. */
export function floatOutputs(program: Program): readonly string[] {
  const { graph } = program;
  return [...graph.outputs.keys()].filter((name) => graph.output(name).type.dtype === "float");
}
