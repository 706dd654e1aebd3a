// From a definition to a program: its graph, its weights, its states, and the data that it needs.
// Checking is elaborating: the rules for shapes are written once, in the ops that are built.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Init } from "../../base/init.ts";
import { CELL, printOutput } from "../../graph/border.ts";
import type { Graph } from "../../graph/graph.ts";
import { printDim, symbol, type Dim } from "../../shape/dim.ts";
import type { Type } from "../../shape/type.ts";
import type { Definition } from "../ast.ts";
import { firstOf, uniqueDiagnostics } from "../error.ts";
import { noInput } from "../messages-cells.ts";
import type { FileScope } from "../scope.ts";
import type { Application, Passed } from "./application.ts";
import { apply } from "./apply.ts";
import { declaredType } from "./bind.ts";
import { declareParams } from "./body.ts";
import { declareSizes } from "./declared-sizes.ts";
import { Elaboration, MOST_DIAGNOSTICS } from "./context.ts";
import type { Options } from "./options.ts";
import { Frame } from "./frame.ts";
import { finishInput, inputNode, modelInput, type InputDraft, type ProgramInput } from "./inputs.ts";
import { finishOutline, noteBody, type Outline } from "./outline.ts";
import { outputNode } from "./outputs.ts";
import { evaluatePredictions, shownOutput, type Prediction } from "./predict.ts";
import { readSettings, type TrainSettings } from "./settings.ts";
import { evaluateShown, valuesOfCell } from "./shown.ts";
import { refuseTargetReads, targetsReadBy } from "./target-reads.ts";
import { reportUnread } from "./unread.ts";
import type { Wiring } from "./value.ts";
import { AS_OTHERS, readLearning, type Learning } from "./weight-settings.ts";
import { refuseWhole } from "./whole-program.ts";
import { wired, type Layers } from "./wiring.ts";

export interface Program {
  readonly name: string;
  readonly graph: Graph;
  readonly parameters: readonly ProgramWeight[];
  /** States that enter as inputs and leave as outputs; each is carried along one time. */
  readonly states: readonly { readonly name: string; readonly time: string }[];
  readonly inputs: readonly ProgramInput[];
  readonly predictions: readonly Prediction[];
  /** Equations of a model that `output` names: outputs of the graph. */
  readonly shown: readonly string[];
  /** Targets that what is minimised reads at their own step: none of their values may be missing. */
  readonly targetsRead: readonly string[];
  readonly settings: TrainSettings;
  /** Which nodes belong to which application of which cell. */
  readonly outline: Outline;
}

export interface ProgramWeight {
  readonly name: string;
  readonly type: Type;
  readonly init: Init;
  readonly learning: Learning;
}

export interface Elaborated {
  readonly program: Program | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Parameters with a number that turned out to be a size with another name. */
  readonly suspects: readonly string[];
  /** If too many cells are applied: the definitions that lead there. Checking these too would take as long again, for one error. */
  readonly overfull?: ReadonlySet<Definition>;
  /** If a cell is not given, without which there is no program: the error for all who need one. */
  readonly open?: Diagnostic;
}

export type Statics = ReadonlyMap<string, Dim>;

/** Parameters that are not given stay names. */
function withNames(definition: Definition, statics: Statics): Statics {
  const open = definition.parameters.filter(
    ({ name, kind, default: standard }) => kind === "number" && standard === null && !statics.has(name.name),
  );
  return new Map([...statics, ...open.map((parameter) => [parameter.name.name, symbol(parameter.name.name)] as const)]);
}

/** A model for training and use. */
export function elaborateModel(
  definition: Definition,
  scope: FileScope,
  statics: Statics,
  options: Options,
): Elaborated {
  const context = new Elaboration(options);
  const frame = new Frame({
    context,
    definition,
    scope,
    statics: withNames(definition, statics),
    prefix: "",
    owner: "",
  });
  const inputs: InputDraft[] = [];
  declareSizes(frame);
  for (const statement of definition.body) {
    if (statement.kind === "input" || statement.kind === "target") {
      for (const name of statement.names) inputs.push(modelInput(frame, statement, name));
    }
  }
  context.named.declare(frame);
  declareParams(frame);
  frame.equations.evaluateAll();
  const predicted = evaluatePredictions(frame);
  const { outputs, predictions, goals: outlined } = predicted;
  const shown = evaluateShown(frame, predicted);
  const settings = readSettings(frame);
  reportUnread(frame);
  noteBody(frame, OUTERMOST, outlined);
  const all = new Map([...outputs, ...[...shown].map(([name, id]) => [shownOutput(name), id] as const)]);
  const learning = readLearning(frame, settings);
  const goals: Goals = { outputs: all, predictions, shown: [...shown.keys()], settings, learning };
  return refuseWhole(definition, finish(context, definition.name.name, inputs, goals));
}

const OUTERMOST = { parent: null, title: "", parts: [], isReverse: false, time: null, application: null };

/** A cell by itself, or several layers and directions of it: its inputs, memories and first states are the program's inputs. */
export function elaborateCell(
  definition: Definition,
  scope: FileScope,
  statics: Statics,
  form: Options & { readonly wiring?: Layers },
): Elaborated {
  const context = new Elaboration(form);
  const full = withNames(definition, statics);
  const caller = new Frame({
    context,
    definition: EMPTY_MODEL(definition),
    scope,
    statics: new Map(),
    prefix: "",
    owner: "",
  });
  const types = new Frame({ context, definition, scope, statics: full, prefix: "", owner: "" });
  declareSizes(types);
  const drafts: InputDraft[] = [];
  const time = context.sizes.free("T", { words: "the time of the inputs" });
  const positional: Passed[] = [];
  const named = new Map<string, Passed>();
  for (const statement of definition.body) {
    if (statement.kind !== "input" && statement.kind !== "memory") continue;
    for (const name of statement.names) {
      const declared = declaredType(statement, types, name.name);
      const words = `the time of \`${name.name}\``;
      const size = statement.kind === "memory" ? context.sizes.free("S", { words }) : time;
      const draft = inputNode(context, name, statement.kind, { ...declared, isSequence: true }, size);
      drafts.push(draft);
      const passed = { value: draft.value, span: name.span };
      if (statement.kind === "memory") named.set(name.name, passed);
      else positional.push(passed);
    }
  }
  context.named.declare(types);
  const clock =
    positional.length === 0
      ? inputNode(context, definition.name, "input", { axes: [], isSequence: true }, time)
      : undefined;
  if (clock !== undefined) context.report(noInput(definition));
  const application: Application = { positional, named, span: definition.name.span };
  const cell: Wiring = { kind: "cell", definition, scope, statics: full, cells: new Map(), span: definition.name.span };
  const value = apply(
    { context, caller, path: CELL, owner: "", statePath: CELL, parts: [], isReverse: false },
    wired(cell, form.wiring),
    application,
  );
  const outputs = new Map<string, string>();
  if (value.kind !== "node") return finish(context, definition.name.name, drafts, { ...OF_CELL, outputs, shown: [] });
  outputs.set(printOutput({ kind: "output" }), maskedOutput(context, value.id));
  for (const [name, { id }] of value.members ?? []) outputs.set(shownOutput(name), maskedOutput(context, id));
  const shown = valuesOfCell(context, definition, value);
  for (const [name, id] of shown) outputs.set(shownOutput(name), id);
  return finish(context, definition.name.name, drafts, { ...OF_CELL, outputs, shown: [...shown.keys()] });
}

function EMPTY_MODEL(definition: Definition): Definition {
  return { kind: "model", name: definition.name, parameters: [], body: [], span: definition.span };
}

/** 0 for an example without steps, or a memory without places. */
function maskedOutput(context: Elaboration, value: string): string {
  const { dtype, axes } = context.build.type(value);
  if (dtype === "int") return value;
  return axes.reduce((id, _, position) => context.masked(id, position, 0), value);
}

/** The outputs of a program's graph, and what they are. */
interface Goals extends Pick<Program, "predictions" | "shown" | "settings"> {
  readonly outputs: ReadonlyMap<string, string>;
  readonly learning: ReadonlyMap<string, Partial<Learning>>;
}

const OF_CELL = { predictions: [], settings: {}, learning: new Map<string, never>() };

function finish(context: Elaboration, name: string, drafts: readonly InputDraft[], goals: Goals): Elaborated {
  const { outputs, predictions, shown, settings, learning } = goals;
  context.settle();
  const diagnostics = firstOf(
    MOST_DIAGNOSTICS,
    uniqueDiagnostics([...context.diagnostics, ...context.named.diagnostics]),
  );
  if (diagnostics.some((diagnostic) => diagnostic.severity === "error"))
    return { program: null, diagnostics, suspects: [], overfull: context.applications.overfull };
  if (context.open !== undefined) return { program: null, diagnostics, suspects: [], open: context.open };
  const resolve = (dim: Dim): Dim => context.unifier.resolve(dim);
  const all = new Map(outputs);
  for (const state of context.carried.states)
    all.set(printOutput({ kind: "final", path: state.name }), maskedOutput(context, state.final));
  for (const [output, id] of all) all.set(output, outputNode(context, output, id));
  const { graph, ids } = context.build.finishSized(name, all, resolve);
  const wrong = refuseTargetReads(context, graph, ids);
  if (wrong.length > 0) return { program: null, diagnostics: [...diagnostics, ...wrong], suspects: [] };
  const taken = new Set(graph.inputs().flatMap(({ input }) => (input?.kind === "state" ? [input.path] : [])));
  const program: Program = {
    name,
    graph,
    parameters: context.weights.all().map(({ name: own, id, init, isFrozen }) => ({
      name: own,
      type: context.unifier.resolveType(context.build.type(id)),
      init,
      learning: { ...AS_OTHERS, isFrozen, ...learning.get(own) },
    })),
    states: context.carried.states
      .filter(({ name: each }) => context.options.states !== "initial" && taken.has(each))
      .map((state) => ({ name: state.name, time: printDim(resolve(state.time)) })),
    inputs: drafts.map((draft) => finishInput(context, draft)),
    predictions: predictions.map((prediction) => ({
      ...prediction,
      vocabulary: prediction.vocabulary === null ? null : resolve(prediction.vocabulary),
    })),
    shown,
    targetsRead: targetsReadBy(context),
    settings,
    outline: finishOutline(context, ids),
  };
  return { program, diagnostics, suspects: context.named.suspects() };
}
