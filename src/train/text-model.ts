// A model of running text: one token sequence in, its next symbols out. What training, evaluation and writing have in common.
import { UserError } from "../base/diagnostic.ts";
import { programOf } from "../compile.ts";
import { buildVocabulary, encode, type SymbolKind, type Vocabulary } from "../data/vocabulary.ts";
import { chunkAt, chunkCount, type Chunk, type Streams } from "../data/text.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program, Statics } from "../lang/elaborate/program.ts";
import type { Prediction } from "../lang/elaborate/predict.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { symbolOf, type Sizes } from "../shape/dim.ts";
import type { HostArray, Target } from "../targets/target.ts";
import { Runner } from "./runner.ts";
import type { Batch } from "./trainer.ts";

export interface TextModel {
  readonly definition: ScopedDefinition;
  readonly statics: Statics;
  /** As it is trained, and as it is used: without dropout. */
  readonly training: Program;
  readonly inference: Program;
  readonly input: ProgramInput;
  readonly prediction: Prediction;
  readonly kind: SymbolKind;
}

/** Throws a CompileError for a wrong spec, a UserError where the model is not one of running text. */
export function textModel(definition: ScopedDefinition, statics: Statics): TextModel {
  const options = { ragged: false, states: "carried" as const };
  const training = programOf(definition, statics, { ...options, training: true });
  const inference = programOf(definition, statics, { ...options, training: false });
  const { name } = definition.definition.name;
  const [input, ...others] = training.inputs;
  const prediction = training.predictions.find(
    (each) => each.target === input?.name && each.ahead === 1 && each.kind === "token",
  );
  if (input?.token === undefined || prediction === undefined || others.length > 0) {
    throw new UserError(
      `\`${name}\` is no model of running text: that has one input such as \`input text: seq char[V]\` and says \`predict text[t+1] from …\``,
    );
  }
  const { reading } = input.token;
  if (reading !== "char" && reading !== "word")
    throw new UserError(`\`${input.name}\` is a \`${reading}\`; running text is read as \`char\` or \`word\``);
  return { definition, statics, training, inference, input, prediction, kind: reading };
}

/** The vocabulary that the training text gives. */
export function vocabularyFor(model: TextModel, text: string, minCount: number): Vocabulary {
  return buildVocabulary(model.kind, [text], { start: usesStart(model), end: false, minCount });
}

function usesStart({ training }: TextModel): boolean {
  return training.graph.all().some((node) => {
    const dims = node.attributes["dims"];
    return Array.isArray(dims) && dims.some((dim) => String(dim).startsWith("start."));
  });
}

/** The sizes that the vocabulary gives. Throws a UserError where the spec's size is another. */
export function sizesFor(model: TextModel, vocabulary: Vocabulary): Sizes {
  const name = model.input.token?.vocabulary ?? "V";
  const fixed = Number(name);
  if (!Number.isNaN(fixed)) {
    if (fixed === vocabulary.size) return new Map();
    throw new UserError(
      `\`${model.input.name}\` has ${fixed} tokens in the spec, but the data have ${vocabulary.size}: write a name such as V`,
    );
  }
  return new Map([
    [name, vocabulary.size],
    ...(vocabulary.start === null ? [] : [[`start.${name}`, vocabulary.start] as const]),
  ]);
}

export function encodeText(model: TextModel, vocabulary: Vocabulary, text: string, what: string): Int32Array {
  const tokens = encode(vocabulary, text);
  if (tokens.length === 0)
    throw new UserError(`${what} has no ${model.kind === "char" ? "characters" : "words"} in it`);
  return tokens;
}

/** A chunk as the program reads it. */
export function batchOf(model: TextModel, chunk: Chunk, batch: number): Batch {
  const { input } = model;
  const time = input.type.axes.find((axis) => axis.tag === "time")?.size;
  const timeName = time === undefined ? undefined : symbolOf(time);
  const array = (data: Int32Array): HostArray => ({ dtype: "int", shape: [chunk.steps, batch], data });
  return {
    arrays: new Map([
      [input.name, array(chunk.inputs)],
      [`${input.name}[t+1]`, array(chunk.targets)],
    ]),
    sizes: new Map([["B", batch], ...(timeName === undefined ? [] : [[timeName, chunk.steps] as const])]),
    isFresh: chunk.isFirst,
  };
}

/** Mean nats a symbol over all predictions that `streams` ask for, the state carried on from chunk to chunk. */
export async function measure<T>(
  model: TextModel,
  target: Target<T>,
  weights: ReadonlyMap<string, HostArray>,
  data: { readonly streams: Streams; readonly steps: number; readonly sizes: Sizes },
): Promise<number> {
  const output = `loss.${model.prediction.name}`;
  const runner = new Runner(model.inference, target, [output], data.sizes);
  runner.setWeights(weights);
  let total = 0;
  const { streams, steps } = data;
  for (let index = 0; index < chunkCount(streams, steps); index++) {
    const chunk = chunkAt(streams, steps, index);
    const results = await runner.run(batchOf(model, chunk, streams.batch));
    total += (results.get(output)?.data[0] ?? NaN) * chunk.steps;
  }
  runner.dispose();
  return total / (streams.length - 1);
}
