// What `run` and `step` return beside the predictions, with 0 as padding: values that `output` names in a model, and those that a caller asks
// for by name (`show`), without a change of the spec.
import { CELL, readKept, readOutput } from "../../graph/border.ts";
import { type Axis } from "../../shape/type.ts";
import type { Definition, OutputName } from "../ast.ts";
import { cannotShow, isAlreadyResult, noSuchValue } from "../messages-shown.ts";
import { outputOfNoEquation, outputOfPrediction, unknownOutput } from "../messages-statements.ts";
import { outputNames } from "../output-names.ts";
import { BATCH, type Elaboration } from "./context.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { namesInside, valueInside } from "./inside.ts";
import type { Predictions } from "./predict.ts";
import type { NodeValue } from "./value.ts";

/** The nodes of what a model shows, by name. Throws a UserError for a name that is asked for and cannot be shown. */
export function evaluateShown(frame: Frame, { predictions, values }: Predictions): ReadonlyMap<string, string> {
  const { context, definition, equations } = frame;
  const taken = predictions.flatMap(({ name, kind }) => (kind === "number" ? [name] : [name, `${name}.logits`]));
  const shown = new Map<string, string>();
  for (const name of outputNames(definition)) {
    const isDefinedTwice = equations.has(name.name) && frame.bound(name.name) !== undefined;
    if (shown.has(name.name) || isDefinedTwice) continue; // This has been reported.
    const node = taken.includes(name.name) ? context.report(outputOfPrediction(name)) : outputValue(frame, name);
    if (node?.kind === "node") shown.set(name.name, shownNode(context, node));
  }
  const roots = new Map([...values, ...equations.quantities()]);
  const owner = { definition, prefix: frame.prefix, roots, isResult: (name: string) => taken.includes(name) };
  return new Map([...shown, ...valuesAskedFor(context, owner, new Set(shown.keys()))]);
}

/** A definition with the values that can be shown, by the first words of their names. */
export interface Owner {
  readonly definition: Definition;
  /** What the names of its weights begin with. */
  readonly prefix: string;
  readonly roots: ReadonlyMap<string, NodeValue>;
  /** Whether a result has this name already. */
  readonly isResult: (name: string) => boolean;
}

/** The nodes of the values that the option `show` names and that are not shown yet. */
export function valuesAskedFor(
  context: Elaboration,
  { definition, prefix, roots, isResult }: Owner,
  known: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of context.options.show ?? []) {
    if (known.has(name)) continue;
    if (isResult(name)) throw isAlreadyResult(name);
    const value = valueInside(roots, name.split("."));
    if (value !== undefined) found.set(name, shownNode(context, numbersOf(context, value)));
    else {
      const what = context.weights.named(prefix + name) === undefined ? whatIs(definition, name) : "a weight";
      if (what !== undefined) throw cannotShow(name, `it is ${what}`);
      const names = namesInside(roots, MOST_NAMES).filter((each) => !isResult(each));
      throw noSuchValue(definition.name.name, name, names);
    }
  }
  return found;
}

/** As `evaluateShown`, for a cell that is compiled by itself, with the result `value`. */
export function valuesOfCell(
  context: Elaboration,
  definition: Definition,
  value: NodeValue,
): ReadonlyMap<string, string> {
  const outputs = outputNames(definition).map(({ name }) => name);
  const known = new Set(outputs.length > 1 ? outputs : []);
  // The other results of a cell are `output`, and its last states as `state.NAME`.
  const isResult = (name: string): boolean => readOutput(name).kind === "output" || readKept(name).kind === "state";
  const roots = value.members ?? new Map<string, NodeValue>();
  return valuesAskedFor(context, { definition, prefix: `${CELL}.`, roots, isResult }, known);
}

/** Names that are compared with an unknown one. */
const MOST_NAMES = 1000;

function outputValue(frame: Frame, name: OutputName): NodeValue | undefined {
  const { context, definition, equations } = frame;
  const [first = ""] = name.name.split(".");
  const errors = context.diagnostics.length;
  const value = equations.has(first) ? evaluate(name.value, frame) : undefined;
  const isWeight = first !== name.name && context.weights.named(name.name) !== undefined;
  if (value !== undefined && !isWeight) {
    const isToken = value.kind === "node" && value.token !== undefined;
    return isToken ? value : context.float(value, name.span);
  }
  if (context.diagnostics.length > errors) return undefined;
  const of = isWeight ? name : { ...name, name: first };
  const what = isWeight ? "a weight" : whatIs(definition, first);
  const known = (): readonly string[] => namesInside(equations.quantities(), MOST_NAMES);
  context.report(what === undefined ? unknownOutput(name, equations.names(), known()) : outputOfNoEquation(of, what));
  return undefined;
}

/** What a name of a definition stands for that is not an equation; undefined if it is not a name of it. */
function whatIs({ body, parameters }: Definition, name: string): string | undefined {
  const declaration = body.find(
    (each) => "names" in each && each.kind !== "output" && each.names.some((other) => other.name === name),
  );
  const isConst = body.some((each) => each.kind === "const" && each.name.name === name);
  if (isConst || parameters.some((each) => each.name.name === name)) return "a number known at compile time";
  if (declaration === undefined) return undefined;
  return `${declaration.kind === "input" || declaration.kind === "equation" ? "an" : "a"} ${declaration.kind}`;
}

function numbersOf({ build }: Elaboration, value: NodeValue): NodeValue {
  const isWhole = value.token === undefined && build.type(value.id).dtype === "int";
  return isWhole ? { ...value, id: build.op("float", [value.id]) } : value;
}

/** One value for each example, even if nothing in it depends on the example; 0 after an example's end. */
function shownNode(context: Elaboration, value: NodeValue): string {
  const { dtype, axes } = context.type(value);
  const batch: Axis = { tag: "batch", size: BATCH };
  const isOfExamples = axes.some(({ tag }) => tag === "batch");
  const time = axes.filter(({ tag }) => tag === "time");
  const all = isOfExamples ? axes : [...time, batch, ...axes.slice(time.length)];
  const id = isOfExamples ? value.id : context.build.op("broadcast", [value.id], { type: { dtype, axes: all } });
  return all.reduce((masked, { tag }, index) => (tag === "plain" ? masked : context.masked(masked, index, 0)), id);
}
