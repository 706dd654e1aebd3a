// The outputs of a program that are results of a run or a step, and their names for users.
import { printInput, readOutput, shortPath, type Output } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { outputNames } from "../lang/output-names.ts";
import type { ScopedDefinition } from "../lang/scope.ts";

/** The graph's outputs that are results: a cell's outputs and last states, a model's logits, values and `output`. */
export function namedOutputs(program: Program, definition: ScopedDefinition): readonly string[] {
  const isModel = definition.definition.kind === "model";
  const several = severalOutputs(definition);
  const isNamed = (output: Output): boolean => {
    switch (output.kind) {
      case "logits":
        return isModel;
      case "value":
        return isModel || several.includes(output.of) || program.shown.includes(output.of);
      case "output":
        return !isModel;
      case "final":
        return !isModel && !COUNTER.test(output.path);
      case "distribution":
      case "loss":
      case "measure":
      case "gradient":
      case "weight":
      case "slot":
      case "norm":
      case "saved":
      case "held":
      case "result":
        return false;
    }
  };
  return [...program.graph.outputs.keys()].filter((name) => isNamed(readOutput(name)));
}

/** The name of an output for users. */
export function shownName(name: string): string {
  const output = readOutput(name);
  if (output.kind === "logits") return logitsName(output.of);
  if (output.kind === "value") return output.of;
  return output.kind === "final" ? printInput({ kind: "state", path: shortPath(output.path) }) : name;
}

/** The name of the logits from which a prediction is made. */
export function logitsName(prediction: string): string {
  return `${prediction}.logits`;
}

/** As `namedOutputs`, for one step: the stream keeps the state. */
export function outputsOfStep(program: Program, definition: ScopedDefinition): readonly string[] {
  return namedOutputs(program, definition).filter((name) => readOutput(name).kind !== "final");
}

/** The graph's outputs that are last states with numbers. */
export function lastStates({ graph }: Program): readonly string[] {
  return graph
    .outputsOf("final")
    .filter(({ name, output }) => !COUNTER.test(output.path) && graph.output(name).type.dtype === "float")
    .map(({ name }) => name);
}

/** The counter of steps of a cell, the implicit state `t`. */
const COUNTER = /\.t$/;

/** The names after `output` if there are several. A single output is called `output`. */
function severalOutputs({ definition }: ScopedDefinition): readonly string[] {
  const names = outputNames(definition).map(({ name }) => name);
  return names.length > 1 ? names : [];
}
