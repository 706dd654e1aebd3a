// The types of a file of the format `tfjs`, with the names of its own inputs, results, states and weights.
import { interfaceOf } from "../../module/interfaces.ts";
import type { Functions } from "../source/functions.ts";
import type { Prepared } from "../source/prepare.ts";
import { oneLine } from "../source/one-line.ts";
import type { ExportRequest } from "../request.ts";
import { arrayOf, describe, isTimed, stateName, type Described } from "./description.ts";
import type { Parts } from "./module.ts";
import type { ArrayDescription } from "./runtime/description.ts";
import type { Step } from "./step.ts";
import { inComment, quoted } from "./text.ts";

export function typesText({ madeFrom }: ExportRequest, { prepared, step }: Parts): string {
  const { program, file, functions, weights } = prepared;
  const { loss } = functions;
  const whole = { graph: program.graph, states: functions.states };
  const run = describe(functions.forward, whole, file.sizes);
  return [
    `// ${oneLine(madeFrom)}. Generated: do not edit.\nimport type { Scalar, Tensor, Variable } from "@tensorflow/tfjs";\n`,
    interfaceOf("Inputs", "What `run` takes: batch first.", run.inputs.map(fieldOf)),
    interfaceOf("Lengths", "The steps of each example; all steps by default.", run.lengths.map(lengthsOf)),
    interfaceOf("State", "What a call goes on from: the results of an earlier one have it.", run.states.map(fieldOf)),
    interfaceOf("Results", "What `run` returns.", [
      ...resultsOf(prepared).map(fieldOf),
      ...statesOf(functions, prepared).map(fieldOf),
    ]),
    ...(step === undefined ? [] : stepTypes(step)),
    ...(loss === null ? [] : lossTypes(describe(loss, whole, file.sizes))),
    interfaceOf(
      "Weights",
      "The weights by their names in the spec.",
      weights.map(({ name, shape }) => `  /** \`[${shape.join(", ")}]\` */\n  readonly ${quoted(name)}: Variable;`),
    ),
    interfaceOf("Model", "The model as functions of tensors, on the backend of tfjs that is current.", [
      "  readonly name: string;",
      "  /** Whole sequences. The tensors that it returns are the caller's, who disposes of them. */",
      `  run(inputs: Inputs, options?: ${optionsOf(run)}): Results;`,
      ...(step === undefined
        ? []
        : [
            "  /** One step, which goes on from what the step before returned. */",
            "  step(inputs: StepInputs, state?: StepState | null): StepResults;",
          ]),
      ...(loss === null
        ? []
        : [
            "  /** The loss of the spec, to differentiate. */",
            `  loss(inputs: LossInputs, options?: ${optionsOf(describe(loss, whole, file.sizes), "LossLengths")}): Scalar;`,
          ]),
      ...WEIGHTS,
    ]),
    LOAD,
  ].join("\n");
}

function stepTypes({ program, time, functions, file }: Step): readonly string[] {
  const { graph } = program;
  const { forward, outputs, states } = functions;
  const { inputs, states: given } = describe(forward, { graph, states }, file.sizes);
  const results = outputs.map(({ key, id }) => {
    const array = arrayOf(key, graph.node(id).type, file.sizes);
    return isTimed(graph.node(id).type) ? untimed(array) : array;
  });
  const fed = inputs.map((input) => (input.time === time ? untimed(input) : input));
  const carried = states.map(({ key, id }) => arrayOf(stateName(key), graph.node(id).type, file.sizes));
  return [
    interfaceOf("StepInputs", "What `step` takes: inputs of the time without it.", fed.map(fieldOf)),
    interfaceOf("StepState", "What a step goes on from.", given.map(fieldOf)),
    interfaceOf("StepResults", "What `step` returns.", [...results, ...carried].map(fieldOf)),
  ];
}

function lossTypes({ inputs, lengths }: Described): readonly string[] {
  return [
    interfaceOf("LossInputs", "What `loss` takes: inputs and targets.", inputs.map(fieldOf)),
    interfaceOf("LossLengths", "The steps of each example; all steps by default.", lengths.map(lengthsOf)),
  ];
}

/** Without the time, which is the second axis. */
function untimed({ shape: [batch = "B", , ...rest], ...array }: ArrayDescription): ArrayDescription {
  return { ...array, shape: [batch, ...rest] };
}

function resultsOf({ program, functions, file }: Prepared): readonly ArrayDescription[] {
  return functions.outputs.map(({ key, id }) => arrayOf(key, program.graph.node(id).type, file.sizes));
}

function statesOf({ states }: Functions, { program, file }: Prepared): readonly ArrayDescription[] {
  return states.map(({ key, id }) => arrayOf(stateName(key), program.graph.node(id).type, file.sizes));
}

function fieldOf({ name, shape, dtype }: ArrayDescription): string {
  const tokens = dtype === "int32" ? " of int32" : "";
  return `  /** \`[${inComment(shape.join(", "))}]\`${tokens} */\n  readonly ${quoted(name)}: Tensor;`;
}

function lengthsOf(name: string): string {
  return `  readonly ${quoted(name)}?: Tensor | ArrayLike<number>;`;
}

function optionsOf({ lengths, states }: Described, ofLengths = "Lengths"): string {
  const fields = [
    ...(lengths.length === 0 ? [] : [`readonly lengths?: ${ofLengths}`]),
    ...(states.length === 0 ? [] : ["readonly state?: State | null"]),
  ];
  return fields.length === 0 ? "{}" : `{ ${fields.join("; ")} }`;
}

const WEIGHTS: readonly string[] = [
  "  /** The weights as variables, which optimizers of tfjs change. */",
  "  variables(): Weights;",
  "  /** Takes the values of tensors by names; other weights stay as they are. */",
  "  setWeights(weights: { readonly [N in keyof Weights]?: Tensor }): void;",
  "  /** The weights as a safetensors file. */",
  "  safetensors(): Promise<Uint8Array>;",
  "  /** Frees the weights. */",
  "  dispose(): void;",
];

const LOAD = `/** Waits for tfjs, and reads the weights: those of the model, or those of a safetensors file. */
export function load(options?: { readonly weights?: Uint8Array | ArrayBuffer }): Promise<Model>;
`;
