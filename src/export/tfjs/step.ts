// One step of a cell or a model as a function: inputs and states in, outputs and states out. Its time has one step.
import { programOf } from "../../compile.ts";
import { printOutput } from "../../graph/border.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Program } from "../../lang/elaborate/program.ts";
import { withoutOtherStates } from "../../time/feedback.ts";
import { outputsOfStep } from "../../train/outputs.ts";
import { timeOfStepsIfAny } from "../../train/step-inputs.ts";
import { writeFunctions, type Functions } from "../source/functions.ts";
import { planOf } from "../source/plan.ts";
import { outputsOf, type Prepared } from "../source/prepare.ts";
import type { File } from "../source/scope.ts";
import { keyOf } from "../source/signature.ts";
import type { ExportRequest } from "../request.ts";
import { statesAlong } from "../states-along.ts";
import { LANGUAGE } from "./language.ts";

export interface Step {
  readonly program: Program;
  readonly time: string;
  readonly functions: Functions;
  readonly file: File;
}

/** Undefined where a part needs all steps at once. The functions of cells are shared with those of whole sequences. */
export function stepOf(request: ExportRequest, whole: Prepared): Step | undefined {
  const { definition, statics } = request;
  const carried = programOf(definition, statics, { ragged: false, training: false, states: "carried" });
  const needed = outputsOfStep(carried, definition);
  const time = timeOfStepsIfAny(carried, needed);
  if (time === undefined) return undefined;
  const along = statesAlong(carried, time);
  const graph = withoutOtherStates(carried.graph, { states: along, needed });
  const states = carried.states.filter(({ name }) => along.has(name));
  // What is predicted has a loss, which a step does not compute.
  const program: Program = { ...carried, graph, states, predictions: [], outline: outlineIn(carried, graph) };
  const file: File = { ...whole.file, sizes: new Map([...request.sizes, [time, 1]]) };
  const { ops, words, style, callees } = LANGUAGE;
  const functions = writeFunctions({
    plan: planOf(program, ops, words),
    file,
    style,
    callees,
    outputs: outputsOf(request, { ...carried, graph }),
    states: states.map(({ name }) => ({
      key: keyOf(name),
      id: graph.output(printOutput({ kind: "final", path: name })).id,
    })),
    moduleNames: [],
  });
  return { program, time, functions, file };
}

/** What the spec says of nodes that are left. */
function outlineIn({ outline }: Program, graph: Graph): Program["outline"] {
  const isLeft = (id: string): boolean => graph.has(id);
  return outline.map((body) => ({
    ...body,
    ports: body.ports.filter(isLeft),
    quantities: body.quantities.filter(({ nodes }) => nodes.every(isLeft)),
  }));
}
