// The types of a compiled module, with the names of its own inputs, results and states.
import type { DataDescription, ModuleDescription, TrainingDescription } from "./description.ts";
import { interfaceOf } from "./interfaces.ts";
import { typesOfTraining } from "./types-training.ts";

const ARRAYS = `/** Numbers in row-major order, with their shape. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** Arrays in arrays, a typed array, or numbers with their shape. */
export type ArrayInput =
  | number
  | readonly ArrayInput[]
  | ArrayLike<number>
  | { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

/** Tokens: ids, a text, or labels. */
export type TokenInput = ArrayInput | string | readonly (string | readonly string[])[];

/** Token ids, with their text where the vocabulary is known: one for each example of a batch. */
export interface Tokens extends NumberArray {
  readonly text?: string | readonly string[];
}

`;

const RUNNING = `export interface Stream {
  /** One step, and what \`run\` returns for it. */
  step(inputs: StepInputs): Results;
  /** What was carried to the last step; null before the first. */
  readonly state: State | null;
  /** Begins again. */
  reset(): void;
}

`;

const MODEL = `export interface Model {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly role: string; readonly type: string }[];
  run(inputs: Inputs, options?: { readonly lengths?: Readonly<Record<string, ArrayLike<number>>> }): Results;
  /** Throws where something needs whole sequences. */
  start(options?: { readonly inputs?: GivenInputs; readonly state?: State | null }): Stream;
}
`;

function generateOptions(writing: ModuleDescription["writing"]): string {
  const most = writing === null ? "" : ` Default: ${writing.most ?? "as many as its inputs have"}.`;
  return `export interface GenerateOptions {
  /** What a text goes on from. */
  readonly prompt?: string | ArrayLike<number>;
  readonly inputs?: WritingInputs;
  /** How many steps to write at most.${most} */
  readonly length?: number;
  /** 0 takes the likeliest. Default: 1. */
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  /** The same seed writes the same. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

`;
}

const WRITING = `/** Interfaces of one name are one: these are of the model too. */
export interface Model {
  /** Strings where one text is written, else what is written at each step by name. Throws where nothing is fed back. */
  generate(options?: GenerateOptions): AsyncGenerator<string | Readonly<Record<string, number | readonly number[]>>>;
  /** Throws where an input has no vocabulary. */
  vocabulary(name: string): {
    readonly symbols: readonly string[];
    readonly encode: (text: string) => Int32Array;
    readonly decode: (tokens: Iterable<number>) => string;
  };
}
`;

const LOAD = `/** Compiles the WebAssembly of the module, and reads its weights. */
export function load(options?: { readonly weights?: Uint8Array | ArrayBuffer }): Promise<Model>;
`;

export function typesOf(description: ModuleDescription, madeFrom: string): string {
  const { inputs, stream, states, writing } = description;
  const isFed = ({ name }: DataDescription): boolean => typeof stream !== "string" && stream.fed.includes(name);
  const isFedBack = ({ name }: DataDescription): boolean =>
    writing?.feedback.some((each) => each.input === name) === true;
  const read = inputs.filter((input) => input.role !== "target" || isFedBack(input));
  const given = read.filter((input) => !isFed(input) && input.role !== "target");
  const forWriting = inputs.filter(
    (input) => input.role !== "target" && writing?.steps.fed.includes(input.name) === false,
  );
  const fields = (some: readonly DataDescription[], before = ""): readonly string[] =>
    some.map((input) => fieldOf(input, before));
  return [
    `// ${madeFrom}. Generated: do not edit.\n`,
    ARRAYS,
    interfaceOf("Inputs", "One example, or a batch of them with an axis of examples first.", fields(read)),
    interfaceOf("StepInputs", "One step.", fields(read.filter(isFed), "One step of ")),
    interfaceOf("GivenInputs", "What is the same at every step.", fields(given)),
    interfaceOf("WritingInputs", "What `generate` is given.", fields(forWriting)),
    interfaceOf("Results", "What `run` and `step` return.", resultsOf(description)),
    interfaceOf(
      "State",
      "What a stream has carried. JSON can store it.",
      states.map(({ name }) => `  readonly ${JSON.stringify(name)}: readonly number[];`),
    ),
    RUNNING,
    MODEL,
    hasTexts(description) || description.training !== undefined ? generateOptions(writing) + WRITING : "",
    description.training === undefined
      ? ""
      : typesOfTraining(description.training, trainingFields(inputs, description.training)),
    LOAD,
  ].join("\n");
}

/** Whether a module needs what reads texts and writes. */
export function hasTexts({ vocabularies, writing }: ModuleDescription): boolean {
  return writing !== null || vocabularies.length > 0;
}

function resultsOf({ run, predictions }: ModuleDescription): readonly string[] {
  const names = new Set([
    ...run.outputs.flatMap(({ gives }) => (gives.kind === "result" ? [gives.name] : [])),
    ...predictions.map(({ name }) => name),
  ]);
  return [...names].map((name) => {
    const isToken = predictions.some((each) => each.name === name && (each.kind === "token" || each.kind === "labels"));
    return `  readonly ${JSON.stringify(name)}: ${isToken ? "Tokens" : "NumberArray"};`;
  });
}

/** The inputs and targets of an update. */
function trainingFields(inputs: readonly DataDescription[], { targets }: TrainingDescription): readonly string[] {
  return inputs.map((input) => {
    const mayLack = targets.some((each) => each.name === input.name && each.mayLack);
    return mayLack ? fieldOf(input, "").replace(/;$/, " | PartlyKnown;") : fieldOf(input, "");
  });
}

function fieldOf({ name, type, tokens }: DataDescription, before: string): string {
  return `  /** ${before}\`${type.replace(/\*\//g, "")}\` */\n  readonly ${JSON.stringify(name)}: ${tokens === null ? "ArrayInput" : "TokenInput"};`;
}
