// From a definition to a program: its graph, its weights, its states, and what data it asks for.
// Checking is elaborating: the rules for shapes are stated once, in the ops that are built.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Init } from "../../base/init.ts";
import type { Graph } from "../../graph/graph.ts";
import { symbol, type Dim } from "../../shape/dim.ts";
import type { Type } from "../../shape/type.ts";
import type { Definition } from "../ast.ts";
import { firstOf } from "../error.ts";
import { badTruncation, looksAhead, notAllowed } from "../messages.ts";
import type { FileScope } from "../scope.ts";
import type { Application, Passed } from "./application.ts";
import { apply } from "./apply.ts";
import { declaredType } from "./bind.ts";
import { declareParams, declareSizes, reportUnusedParams } from "./body.ts";
import { Elaboration, MOST_DIAGNOSTICS, type Options } from "./context.ts";
import { Frame } from "./frame.ts";
import { finishInput, inputNode, modelInput, type InputDraft, type ProgramInput } from "./inputs.ts";
import { told, wayAhead } from "./looks-ahead.ts";
import { evaluatePredictions, type Prediction } from "./predict.ts";
import { readSettings, settingsOf, type TrainSettings } from "./settings.ts";
import { whyNotTruncated } from "./truncation.ts";
import type { NodeValue, Wiring } from "./value.ts";

export interface Program {
  readonly name: string;
  readonly graph: Graph;
  readonly parameters: readonly { readonly name: string; readonly type: Type; readonly init: Init }[];
  /** States that enter as inputs `state.NAME` and leave as outputs `final.NAME`. */
  readonly states: readonly string[];
  readonly inputs: readonly ProgramInput[];
  readonly predictions: readonly Prediction[];
  readonly settings: TrainSettings;
}

export interface Elaborated {
  readonly program: Program | null;
  readonly diagnostics: readonly Diagnostic[];
}

export type Statics = ReadonlyMap<string, Dim>;

/** Parameters that nobody gives stay names. */
function withNames(definition: Definition, statics: Statics): Statics {
  const open = definition.parameters.filter(
    (parameter) => parameter.default === null && !statics.has(parameter.name.name),
  );
  return new Map([...statics, ...open.map((parameter) => [parameter.name.name, symbol(parameter.name.name)] as const)]);
}

/** A model as it is trained and used. */
export function elaborateModel(
  definition: Definition,
  scope: FileScope,
  statics: Statics,
  options: Options,
): Elaborated {
  const context = new Elaboration(options);
  const frame = new Frame({ context, definition, scope, statics: withNames(definition, statics), prefix: "" });
  const inputs: InputDraft[] = [];
  declareSizes(frame);
  for (const statement of definition.body) {
    if (statement.kind === "input" || statement.kind === "target") {
      for (const name of statement.names) inputs.push(modelInput(frame, statement, name));
    }
  }
  declareParams(frame);
  frame.equations.evaluateAll();
  const { outputs, predictions } = evaluatePredictions(frame);
  reportUnusedParams(frame);
  const settings = readSettings(frame);
  return refuseWhole(definition, finish(context, definition.name.name, inputs, outputs, predictions, settings));
}

/** What only the whole graph shows to be wrong: a prediction that sees its own target, a truncation that cannot be. */
function refuseWhole(definition: Definition, { program, diagnostics }: Elaborated): Elaborated {
  if (program === null) return { program, diagnostics };
  const found = [...predictionsAhead(definition, program), ...wrongTruncation(definition, program)];
  return { program: found.length === 0 ? program : null, diagnostics: [...diagnostics, ...found] };
}

function predictionsAhead({ body }: Definition, { graph, predictions }: Program): readonly Diagnostic[] {
  const statements = body.filter((statement) => statement.kind === "predict");
  return predictions.flatMap(({ target, name, kind, isAutoregressive }, index) => {
    const output = graph.output(`${kind === "number" ? "value" : "logits"}.${name}`);
    const way = isAutoregressive ? wayAhead(graph, target, output) : undefined;
    const span = statements[index]?.from.span;
    return way === undefined || span === undefined ? [] : [looksAhead(target, told(way, target), span)];
  });
}

/** A `truncate` that the model's wiring does not allow is a mistake of the spec, whatever the model is wanted for. */
function wrongTruncation(definition: Definition, program: Program): readonly Diagnostic[] {
  const setting = settingsOf(definition).find(({ kind }) => kind === "truncate");
  const reason = setting === undefined ? undefined : whyNotTruncated(program);
  return setting === undefined || reason === undefined ? [] : [badTruncation(program.name, reason, setting.span)];
}

/** A cell by itself, or several layers and directions of it: its inputs, memories and first states are the program's inputs. */
export function elaborateCell(
  definition: Definition,
  scope: FileScope,
  statics: Statics,
  form: Options & { readonly wiring?: { readonly layers: number; readonly bidirectional: boolean } },
): Elaborated {
  const context = new Elaboration(form);
  const full = withNames(definition, statics);
  const caller = new Frame({ context, definition: EMPTY_MODEL(definition), scope, statics: new Map(), prefix: "" });
  const types = new Frame({ context, definition, scope, statics: full, prefix: "" });
  declareSizes(types);
  const drafts: InputDraft[] = [];
  const time = context.sizes.free("T");
  const positional: Passed[] = [];
  const named = new Map<string, Passed>();
  for (const statement of definition.body) {
    if (statement.kind !== "input" && statement.kind !== "memory") continue;
    for (const name of statement.names) {
      const declared = declaredType(statement, types, name.name);
      const size = statement.kind === "memory" ? context.sizes.free("S") : time;
      const draft = inputNode(context, name, statement.kind, { ...declared, isSequence: true }, size);
      drafts.push(draft);
      const passed = { value: draft.value, span: name.span };
      if (statement.kind === "memory") named.set(name.name, passed);
      else positional.push(passed);
    }
  }
  const clock =
    positional.length === 0
      ? inputNode(context, definition.name, "input", { axes: [], isSequence: true }, time)
      : undefined;
  if (clock !== undefined) context.report(noInput(definition));
  const application: Application = { positional, named, span: definition.name.span };
  const cell: Wiring = { kind: "cell", definition, scope, statics: full, span: definition.name.span };
  const value = apply({ context, caller, path: "cell", isReverse: false }, wired(cell, form.wiring), application);
  const outputs = new Map<string, string>();
  if (value.kind === "node") {
    outputs.set("output", maskedOutput(context, value));
    for (const [name, member] of value.members ?? []) outputs.set(`value.${name}`, maskedOutput(context, member));
  }
  return finish(context, definition.name.name, drafts, outputs, [], NO_SETTINGS);
}

const NO_SETTINGS: TrainSettings = {};

function EMPTY_MODEL(definition: Definition): Definition {
  return { kind: "model", name: definition.name, parameters: [], body: [], span: definition.span };
}

function noInput(definition: Definition): Diagnostic {
  return notAllowed(
    `the cell \`${definition.name.name}\` has no input, so nothing says how long it runs`,
    definition.name.span,
    "give it one: `input x`",
  );
}

function wired(cell: Wiring, wiring: { readonly layers: number; readonly bidirectional: boolean } | undefined): Wiring {
  if (wiring === undefined) return cell;
  const inner: Wiring = wiring.bidirectional ? { kind: "bidirectional", inner: cell } : cell;
  const layers = Array.from({ length: wiring.layers }, () => inner);
  return { kind: "stack", layers, shared: false, dropout: 0, residual: false };
}

/** 0 where an example has no step, or a memory no place. */
function maskedOutput(context: Elaboration, value: NodeValue): string {
  const { dtype, axes } = context.type(value);
  if (dtype === "int") return value.id;
  return axes.reduce((id, _, position) => context.masked(id, position, 0), value.id);
}

function finish(
  context: Elaboration,
  name: string,
  drafts: readonly InputDraft[],
  outputs: ReadonlyMap<string, string>,
  predictions: readonly Prediction[],
  settings: TrainSettings,
): Elaborated {
  context.settle();
  const diagnostics = firstOf(MOST_DIAGNOSTICS, uniqueDiagnostics(context.diagnostics));
  if (diagnostics.some((diagnostic) => diagnostic.severity === "error")) return { program: null, diagnostics };
  const resolve = (dim: Dim): Dim => context.unifier.resolve(dim);
  const isOpen = context.options.states !== "initial";
  const all = new Map(outputs);
  for (const state of context.states) all.set(`final.${state.name}`, state.final);
  const graph = context.build.finish(name, all, resolve);
  const taken = graph
    .region(null)
    .flatMap((node) =>
      node.op === "input" && node.attributes["role"] === "state" ? [String(node.attributes["name"])] : [],
    );
  const program: Program = {
    name,
    graph,
    parameters: [...context.parameters.values()].map((parameter) => ({
      name: parameter.name,
      type: context.unifier.resolveType(context.build.type(parameter.id)),
      init: parameter.init,
    })),
    states: isOpen ? context.states.map((state) => state.name).filter((each) => taken.includes(`state.${each}`)) : [],
    inputs: drafts.map((draft) => finishInput(context, draft)),
    predictions: predictions.map((prediction) => ({
      ...prediction,
      vocabulary: prediction.vocabulary === null ? null : resolve(prediction.vocabulary),
    })),
    settings,
  };
  return { program, diagnostics };
}

function uniqueDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  const inOrder = diagnostics.toSorted((a, b) =>
    a.span?.source === b.span?.source ? (a.span?.start ?? 0) - (b.span?.start ?? 0) : 0,
  );
  return inOrder.filter((diagnostic) => {
    const key = `${diagnostic.code} ${diagnostic.span?.source.name ?? ""} ${diagnostic.span?.start ?? ""} ${diagnostic.span?.end ?? ""}`;
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}
