// `output` in a model: the equations that `run` and `step` return beside the predictions, with 0 as padding.
import { type Axis } from "../../shape/type.ts";
import type { Definition, Identifier } from "../ast.ts";
import { outputOfNoEquation, outputOfPrediction, unknownOutput } from "../messages-statements.ts";
import { BATCH, type Elaboration } from "./context.ts";
import type { Frame } from "./frame.ts";
import type { Prediction } from "./predict.ts";
import type { NodeValue } from "./value.ts";

/** The nodes of outputs, by the names of their equations. */
export function evaluateShown(frame: Frame, predictions: readonly Prediction[]): ReadonlyMap<string, string> {
  const { context } = frame;
  const shown = new Map<string, string>();
  for (const name of outputNames(frame.definition)) {
    if (predictions.some((each) => each.name === name.name)) context.report(outputOfPrediction(name));
    else if (!frame.equations.has(name.name)) context.report(noEquation(frame, name));
    else {
      const value = frame.read(name.name, name.span);
      const isToken = value.kind === "node" && value.token !== undefined;
      const node = isToken ? value : context.float(value, name.span);
      if (node !== undefined) shown.set(name.name, shownNode(context, node));
    }
  }
  return shown;
}

function noEquation({ definition, equations }: Frame, name: Identifier): ReturnType<typeof unknownOutput> {
  const isParameter = definition.parameters.some((each) => each.name.name === name.name);
  const declaration = definition.body.find(
    (each) => "names" in each && each.kind !== "output" && each.names.some((other) => other.name === name.name),
  );
  const isConst = definition.body.some((each) => each.kind === "const" && each.name.name === name.name);
  if (declaration !== undefined) {
    const article = declaration.kind === "input" ? "an" : "a";
    return outputOfNoEquation(name, `${article} ${declaration.kind}`);
  }
  if (isParameter || isConst) return outputOfNoEquation(name, "a number known at compile time");
  return unknownOutput(name, equations.names());
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

/** Each name once: one that is listed twice has been reported. */
function outputNames({ body }: Definition): readonly Identifier[] {
  const names = body.flatMap((statement) => (statement.kind === "output" ? statement.names : []));
  return names.filter(({ name }, index) => names.findIndex((other) => other.name === name) === index);
}
