// A spec and its weights from an ONNX model of RNN operators and the layers around them. Nothing of the file is evaluated.
import { UserError } from "../../base/diagnostic.ts";
import { asciiName } from "../../export/identifiers.ts";
import type { OnnxGraph, OnnxModel, OnnxValue } from "../../onnx/model.ts";
import { readOnnx } from "../../onnx/read.ts";
import type { HostArray } from "../../targets/target.ts";
import { loaded, type FileBeside } from "./loaded.ts";
import { readNode } from "./operators.ts";
import { Reading } from "./reading.ts";
import type { Axis } from "./value.ts";

export interface ImportedSpec {
  readonly name: string;
  /** The text of the spec. */
  readonly text: string;
  /** By the names of the spec's weights. */
  readonly weights: ReadonlyMap<string, HostArray>;
}

/** How many nodes a graph may have: some thousands are a large one. */
const MOST_NODES = 20_000;

/**
 * `name`: of the model in the spec. `fileOf`: the content of a file beside the model; undefined where there is none. Throws a UserError for a
 * file that is damaged, and for an operator without a counterpart, with its node's name and place.
 */
export function importOnnx(bytes: Uint8Array, name: string, fileOf: FileBeside): ImportedSpec {
  const model = readOnnx(bytes);
  if (model.graph.nodes.length > MOST_NODES) throw new UserError(`the ONNX file has more than ${MOST_NODES} nodes`);
  const attempts = ([true, false] as const).map((isTimeFirst) => attempt(model, { name, fileOf, isTimeFirst }));
  const [best] = attempts.flatMap((each) => (each.spec === undefined ? [] : [each.spec]));
  if (best !== undefined) return best;
  const [furthest] = attempts.toSorted((a, b) => b.done - a.done);
  throw furthest?.problem ?? new UserError("the ONNX file has no counterpart in a spec");
}

interface Attempt {
  readonly spec?: ImportedSpec;
  readonly problem?: UserError;
  /** How many nodes were read. */
  readonly done: number;
}

interface Choice {
  readonly name: string;
  readonly fileOf: FileBeside;
  /** Whether inputs are `[T, B, …]`: the file does not say it. */
  readonly isTimeFirst: boolean;
}

function attempt({ graph }: OnnxModel, choice: Choice): Attempt {
  let done = 0;
  try {
    const reading = new Reading(
      usedIn(graph),
      graph.outputs.map(({ name }) => name),
    );
    for (const tensor of graph.initializers)
      reading.put(tensor.name, { kind: "constant", tensor: loaded(tensor, choice.fileOf) });
    for (const input of graph.inputs)
      if (reading.value(input.name) === undefined) readInput(input, reading, choice.isTimeFirst);
    for (const [place, node] of graph.nodes.entries()) {
      readNode({ node, place, reading, inputs: node.inputs.map((each) => reading.value(each)) });
      done = place + 1;
    }
    const outputs = graph.outputs.map((output) => writeOutput(output, reading));
    if (outputs.length === 0) throw new UserError("the ONNX graph has no outputs");
    return {
      done,
      spec: { name: asciiName(choice.name), text: textOf(choice.name, reading, outputs), weights: reading.weights },
    };
  } catch (problem) {
    if (problem instanceof UserError) return { done, problem };
    throw problem;
  }
}

function usedIn({ nodes, outputs }: OnnxGraph): readonly string[] {
  return [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ name }) => name)];
}

function readInput({ name, type, shape }: OnnxValue, reading: Reading, isTimeFirst: boolean): void {
  if (!reading.used.has(name)) return;
  const rank = shape?.length;
  const leading: readonly Axis[] = isTimeFirst ? ["time", "batch"] : ["batch", "time"];
  const own = reading.names.fresh(name);
  if (type !== "float") {
    if (rank === 1) reading.put(name, { kind: "size" });
    else if (rank === 2) reading.put(name, { kind: "tokens", name: own, axes: leading });
    else throw new UserError(`the input \`${name}\` of the ONNX file is neither tokens of a sequence nor lengths`);
    return;
  }
  const width = shape?.at(-1);
  if (typeof width !== "number" || width < 1)
    throw new UserError(`the last size of the input \`${name}\` of the ONNX file is not a number`);
  if (rank === 2) {
    reading.declare(own, `[${width}]`);
    reading.put(name, { kind: "array", parts: [own], axes: ["batch", "feature"], width });
  } else if (rank === 3) {
    reading.declare(own, `seq [${width}]`);
    reading.put(name, { kind: "array", parts: [own], axes: [...leading, "feature"], width });
  } else
    throw new UserError(
      `the input \`${name}\` of the ONNX file has ${rank} axes: sequences have three, other inputs two`,
    );
}

/** An equation for each output, unless it has one of its name: for each direction where they are apart. */
function writeOutput({ name }: OnnxValue, reading: Reading): string {
  const value = reading.value(name);
  if (value?.kind !== "array")
    throw new UserError(`the output \`${name}\` of the ONNX file is not computed from its inputs`);
  const own = reading.names.of(name);
  return value.parts.map((part) => (part === own ? part : reading.equation(name, part))).join(", ");
}

function textOf(name: string, { cells, inputs, equations }: Reading, outputs: readonly string[]): string {
  const model = [`model ${asciiName(name)} {`, ...inputs, ...equations, `  output ${outputs.join(", ")}`, "}"].join(
    "\n",
  );
  return `${[`# Imported from an ONNX model.`, ...cells, model].join("\n\n")}\n`;
}
