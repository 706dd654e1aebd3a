// The format `onnx`: a file that runs whole sequences, one that runs sequences of different lengths, and one that runs a single step.
import { outputsOnly } from "../../ops/rewrite.ts";
import { lower, programOf } from "../../compile.ts";
import type { Graph } from "../../graph/graph.ts";
import { SIMPLIFY } from "../../passes/simplify.ts";
import { withoutOtherStates } from "../../time/feedback.ts";
import { namedOutputs, outputsOfStep } from "../../train/outputs.ts";
import { timeOfStepsIfAny } from "../../train/step-inputs.ts";
import type { ExportedFile, Exporter, ExportRequest } from "../request.ts";
import { statesAlong } from "../states-along.ts";
import { onnxFile, type FileContent } from "./file.ts";
import { cutOperators, type Cut } from "./recognise.ts";
import { WeightsFile } from "./weights.ts";

export const exportOnnx: Exporter = async (request) => {
  const { name, hasWeightsFile } = request;
  const weights = hasWeightsFile ? new WeightsFile(`${name}.weights`) : null;
  const files: ExportedFile[] = [];
  const add = (suffix: string, content: FileContent | undefined): void => {
    if (content !== undefined)
      files.push({ name: `${name}${suffix}.onnx`, content: onnxFile(request, content, weights) });
  };
  add("", wholeContent(request, false));
  add("-ragged", wholeContent(request, true));
  add("-step", stepContent(request));
  if (weights !== null) files.push({ name: weights.name, content: weights.content() });
  return await Promise.resolve(files);
};

/** Runs whole sequences; undefined for lengths of a program that reads no sequence. */
function wholeContent({ definition, statics, sizes }: ExportRequest, ragged: boolean): FileContent | undefined {
  const program = programOf(definition, statics, { ragged, training: false, states: "initial" });
  const named = namedOutputs(program, definition);
  const lowered = loweredWithOperators(outputsOnly(program.graph, (name) => named.includes(name)));
  const { graph } = lowered;
  const hasLengths = graph.inputs().some(({ input }) => input?.kind === "lengths");
  if (ragged && !hasLengths) return undefined;
  return { program, ...lowered, named, sizes, stepTime: null };
}

/** Runs one step; undefined where a part needs all steps at once. */
function stepContent({ definition, statics, sizes }: ExportRequest): FileContent | undefined {
  const program = programOf(definition, statics, { ragged: false, training: false, states: "carried" });
  const needed = outputsOfStep(program, definition);
  const time = timeOfStepsIfAny(program, needed);
  if (time === undefined) return undefined;
  const along = statesAlong(program, time);
  const lowered = loweredWithOperators(withoutOtherStates(program.graph, { states: along, needed }));
  return { program, ...lowered, named: needed, sizes: new Map([...sizes, [time, 1]]), stepTime: time };
}

/** Scans that are operators of ONNX are found before products leave the loops. */
function loweredWithOperators(graph: Graph): Cut {
  const { graph: cut, operators } = cutOperators(SIMPLIFY.run(graph));
  return { graph: lower(cut, null), operators };
}
