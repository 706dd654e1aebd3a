// One ONNX file: a lowered graph with its border and its weights.
import { fail } from "../../base/invariant.ts";
import type { Graph } from "../../graph/graph.ts";
import { inputOf, nameOfInput } from "../../graph/node.ts";
import type { Program } from "../../lang/elaborate/program.ts";
import type { Sizes } from "../../shape/dim.ts";
import type { OnnxModel, OnnxValue } from "../../onnx/model.ts";
import { writeOnnx } from "../../onnx/write.ts";
import { Identifiers } from "../identifiers.ts";
import type { ExportRequest } from "../request.ts";
import {
  borderInputs,
  borderOutputs,
  nextStates,
  sizesOfBorder,
  valueOfInput,
  valueOfOutput,
  type BorderOutput,
} from "./border.ts";
import { Emitter, valueInfo } from "./emit.ts";
import { OperatorWriter } from "./operator.ts";
import { readHeld, type Operator } from "./recognise.ts";
import { Region } from "./region.ts";
import { SizeValues } from "./sizes.ts";
import { Initializers, type WeightsFile } from "./weights.ts";

/** ONNX 1.16, of 2024. */
const OPSET = 21;

export interface FileContent {
  readonly program: Program;
  /** Optimised. */
  readonly graph: Graph;
  /** What was cut out of the graph. */
  readonly operators: ReadonlyMap<string, Operator>;
  /** Outputs of the graph that are results. */
  readonly named: readonly string[];
  readonly sizes: Sizes;
  /** The time along which the file runs one step, with states in and out; null for whole sequences. */
  readonly stepTime: string | null;
}

/** The bytes of a file. Weights that are written to a file of their own are added to `weightsFile`. */
export function onnxFile(request: ExportRequest, content: FileContent, weightsFile: WeightsFile | null): Uint8Array {
  const { program, graph, named, stepTime } = content;
  const names = new Identifiers();
  const region = new Region(names);
  const inputs = borderInputs(graph.inputs(), names, stepTime);
  const sizes = new SizeValues(
    region,
    content.sizes,
    inputs.map((input) => ({ name: input.name, sizes: sizesOfBorder(input) })),
  );
  const taken = new Set(inputs.map(({ node }) => nameOfInput(node)));
  const wanted = [
    ...borderOutputs(program, named, taken),
    ...(stepTime !== null ? nextStates(program, graph.outputs.keys()) : []),
  ];
  const outputNames = wanted.map(({ name }) => names.fresh(name));
  const initializers = new Initializers(request.weights, weightsFile);
  const emitter: Emitter = new Emitter({
    graph,
    region,
    sizes,
    input: (node) => {
      const input = inputOf(node);
      if (input.kind === "held") return operators.result(...readHeld(input.node));
      if (input.kind === "weight")
        return initializers.put(
          input.path,
          () => names.fresh(input.path),
          () => initializers.weight(input.path),
        );
      const own = inputs.find((each) => each.node === node) ?? fail("onnx", `no input for ${node.id}`);
      return valueOfInput(own, region, stepTime);
    },
  });
  const operators: OperatorWriter = new OperatorWriter({
    graph,
    operators: content.operators,
    region,
    sizes,
    initializers,
    valueOf: (id) => emitter.value(id),
  });
  const outputs = wanted.map((output, index) => {
    const name = outputNames[index] ?? fail("onnx", "an output has no name");
    return writtenOutput(output, name, { emitter, graph, region, sizes, stepTime });
  });
  const model: OnnxModel = {
    opset: OPSET,
    producer: "Recurra",
    doc: request.madeFrom,
    graph: {
      name: request.name,
      nodes: region.nodes,
      initializers: [...initializers.all(), ...region.constants()],
      inputs: inputs.map(({ name, type, doc }) => valueInfo(name, type, sizes, doc)),
      outputs,
    },
  };
  return writeOnnx(model);
}

interface Writing {
  readonly emitter: Emitter;
  readonly graph: Graph;
  readonly region: Region;
  readonly sizes: SizeValues;
  readonly stepTime: string | null;
}

function writtenOutput(output: BorderOutput, name: string, writing: Writing): OnnxValue {
  const { emitter, graph, region, sizes } = writing;
  const node = graph.output(output.of);
  const { value, type } = valueOfOutput(output, emitter.value(node.id), { ...writing, type: node.type });
  region.add("Identity", [value], [name]);
  return valueInfo(name, type, sizes, output.doc);
}
