// The types of a compiled module, with the names of its own inputs, results and states.
import type { DataDescription, ModuleDescription } from "./description.ts";

export function typesOf(description: ModuleDescription, madeFrom: string): string {
  const { inputs, run, stream, states, writing } = description;
  const results = [
    ...new Set([
      ...run.outputs.flatMap(({ gives }) => (gives.kind === "result" ? [gives.name] : [])),
      ...description.predictions.map(({ name }) => name),
    ]),
  ];
  const isFed = ({ name }: DataDescription): boolean => typeof stream !== "string" && stream.fed.includes(name);
  const isFedBack = ({ name }: DataDescription): boolean =>
    writing?.feedback.some((each) => each.input === name) === true;
  const read = inputs.filter((input) => input.role !== "target" || isFedBack(input));
  const given = read.filter((input) => !isFed(input) && input.role !== "target");
  const forWriting = inputs.filter(
    (input) => input.role !== "target" && writing?.steps.fed.includes(input.name) === false,
  );
  return `// ${madeFrom}. Generated: do not edit.

/** Numbers in row-major order, with their shape. */
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

/** One example, or a batch of them with an axis of examples first. */
export interface Inputs {
${read.map((input) => fieldOf(input, "")).join("\n")}
}

/** One step. */
export interface StepInputs {
${read
  .filter(isFed)
  .map((input) => fieldOf(input, "One step of "))
  .join("\n")}
}

/** What is the same at every step. */
export interface GivenInputs {
${given.map((input) => fieldOf(input, "")).join("\n")}
}

/** What is given to \`generate\`. */
export interface WritingInputs {
${forWriting.map((input) => fieldOf(input, "")).join("\n")}
}

export interface Results {
${results.map((name) => `  readonly ${JSON.stringify(name)}: ${description.predictions.some((each) => each.name === name && each.kind === "token") ? "Tokens" : "NumberArray"};`).join("\n")}
}

/** What a stream has carried. JSON can store it. */
export interface State {
${states.map(({ name }) => `  readonly ${JSON.stringify(name)}: readonly number[];`).join("\n")}
}

export interface Stream {
  /** One step, and what \`run\` returns for it. */
  step(inputs: StepInputs): Results;
  /** What was carried to the last step; null before the first. */
  readonly state: State | null;
  /** Begins again. */
  reset(): void;
}

export interface GenerateOptions {
  /** What a text goes on from. */
  readonly prompt?: string | ArrayLike<number>;
  readonly inputs?: WritingInputs;
  /** How many steps to write at most. Default: 100. */
  readonly length?: number;
  /** 0 takes the likeliest. Default: 1. */
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  /** The same seed writes the same. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

export interface Model {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly role: string; readonly type: string }[];
  run(inputs: Inputs, options?: { readonly lengths?: Readonly<Record<string, ArrayLike<number>>> }): Results;
  /** Throws where something needs whole sequences. */
  start(options?: { readonly inputs?: GivenInputs; readonly state?: State | null }): Stream;
  /** Strings where one text is written, else what is written at each step by name. */
  generate(options?: GenerateOptions): AsyncGenerator<${writing === null ? "never" : "string | Readonly<Record<string, number | readonly number[]>>"}>;
  /** Throws where an input has no vocabulary. */
  vocabulary(name: string): {
    readonly symbols: readonly string[];
    readonly encode: (text: string) => Int32Array;
    readonly decode: (tokens: Iterable<number>) => string;
  };
}

/** Compiles the WebAssembly of the module, and reads its weights. */
export function load(options?: { readonly weights?: Uint8Array | ArrayBuffer }): Promise<Model>;
`;
}

function fieldOf({ name, type, tokens }: DataDescription, before: string): string {
  return `  /** ${before}\`${type.replace(/\*\//g, "")}\` */\n  readonly ${JSON.stringify(name)}: ${tokens === null ? "ArrayInput" : "TokenInput"};`;
}
