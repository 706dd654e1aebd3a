// From a request to the functions of a file: which program is written, with which outputs and states.
import { UserError } from "../../base/diagnostic.ts";
import { printOutput, readOutput } from "../../graph/border.ts";
import { programOf } from "../../compile.ts";
import type { Program, ProgramWeight } from "../../lang/elaborate/program.ts";
import { shapeOf } from "../../shape/type.ts";
import { namedOutputs, shownName } from "../../train/outputs.ts";
import type { ExportRequest } from "../request.ts";
import type { OpTable, Words } from "./dialect.ts";
import { writeFunctions, type Callees, type Functions, type Result } from "./functions.ts";
import { planOf } from "./plan.ts";
import type { Style } from "./root.ts";
import type { File } from "./scope.ts";
import { keyOf } from "./signature.ts";
import type { Notation } from "./notation.ts";
import type { HelperName } from "./dialect.ts";

/** What a dialect brings. */
export interface Language {
  readonly notation: Notation;
  readonly ops: OpTable;
  readonly words: Words;
  readonly style: Style;
  readonly callees: Callees;
  /** Names that each file of this language defines. */
  readonly names: readonly string[];
}

export interface Prepared {
  readonly program: Program;
  readonly functions: Functions;
  readonly file: File;
  readonly helpers: ReadonlySet<HelperName>;
  readonly weights: readonly WeightEntry[];
}

export interface WeightEntry {
  /** Its name for a user, and in the file of weights. */
  readonly name: string;
  readonly path: string;
  readonly shape: readonly number[];
  readonly init: ProgramWeight["init"];
  readonly learning: ProgramWeight["learning"];
}

/**
 * A cell goes on from the states that it is given, and so does a model of one running text, whose steps all examples have. Other models
 * start anew with each batch, and each example has a length of its own.
 */
export function programFor({ definition, statics, layout }: ExportRequest): Program {
  const isText = layout === "text";
  const isCell = definition.definition.kind === "cell";
  return programOf(definition, statics, {
    ragged: !isText,
    training: false,
    states: isText || isCell ? "carried" : "initial",
  });
}

const HELPER_NAMES: readonly HelperName[] = [
  "real_steps",
  "moving_steps",
  "first_steps",
  "last_steps",
  "hold",
  "borrow",
  "embed",
  "one_hot",
  "masked_softmax",
  "norm",
  "first_max",
  "first_min",
];

export function prepare(request: ExportRequest, language: Language): Prepared {
  const program = programFor(request);
  const { notation, ops, words, style, callees, names } = language;
  const file: File = {
    notation,
    sizes: request.sizes,
    reserved: new Set([...notation.reserved, ...names, ...HELPER_NAMES]),
    helpers: new Set(),
    cells: new Map(),
  };
  const functions = writeFunctions({
    plan: planOf(program, ops, words),
    file,
    style,
    callees,
    outputs: outputsOf(request, program),
    states: program.states.map(({ name }) => ({
      key: keyOf(name),
      id: program.graph.output(printOutput({ kind: "final", path: name })).id,
    })),
    moduleNames: [],
  });
  return { program, file, functions, helpers: file.helpers, weights: weightsOf(request, program) };
}

export function outputsOf({ definition }: ExportRequest, program: Program): readonly Result[] {
  const named = namedOutputs(program, definition).filter((name) => readOutput(name).kind !== "final");
  const isSeveral = named.length > 1;
  return named
    .filter((name) => !isSeveral || readOutput(name).kind !== "output")
    .map((name) => ({ key: shownName(name), id: program.graph.output(name).id }));
}

function weightsOf({ sizes }: ExportRequest, program: Program): readonly WeightEntry[] {
  return program.parameters.map(({ name, type, init, learning }) => ({
    name: keyOf(name),
    path: name,
    shape: shapeWith(type, sizes, name),
    init,
    learning,
  }));
}

function shapeWith(
  type: Parameters<typeof shapeOf>[0],
  sizes: ExportRequest["sizes"],
  name: string,
): readonly number[] {
  try {
    return shapeOf(type, sizes);
  } catch {
    throw new UserError(`not all sizes of the weight \`${name}\` are known: give them with --set`);
  }
}
