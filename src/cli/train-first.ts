// What a new run begins with in place of the spec's first values: weights of a file, and vectors of words. Both are checked before the
// training is prepared.
import { Option } from "commander";
import { UserError } from "../base/diagnostic.ts";
import { readCheckpoint } from "../checkpoint/checkpoint.ts";
import { readSafetensors, type Tensor } from "../checkpoint/safetensors.ts";
import { fileData } from "../data/data-file.ts";
import { readBytes } from "../files/files.ts";
import type { Compiled } from "../library/compiled.ts";
import { embeddingsOf, embedWords, type Embedded } from "../library/embeddings.ts";
import type { FitPlan } from "../library/fit-plan.ts";
import { fileVectors } from "../library/given-vectors.ts";
import { storedModel } from "../library/stored-model.ts";
import type { EmbeddedWords } from "../library/types-training.ts";
import { constantOf, evaluateDim, printDim, symbolsOf, type Dim, type Sizes } from "../shape/dim.ts";
import { vocabularyKey } from "../train/row-model.ts";
import type { KnownData } from "../train/training-data.ts";
import { table } from "./table.ts";

/** A file of `--weights`. */
export interface FirstWeights {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** If they are those of a trained model, the vocabularies whose tokens its weights belong to. */
  readonly known?: KnownData;
}

/** `--embeddings [table=]file`. */
export interface VectorFile {
  readonly table?: string;
  readonly file: string;
}

export interface Beginning {
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly embedded: readonly Embedded[];
  /** Lines for the user. */
  readonly about: readonly string[];
}

/** `--embeddings e.table=glove.txt`, which may be repeated. */
export function embeddingsOption(): Option {
  return new Option(
    "--embeddings <[table=]file>",
    "begin with vectors of words: a text as word2vec and GloVe write it; may be repeated",
  ).argParser((text: string, before: readonly VectorFile[] = []) => [...before, readVectorFile(text)]);
}

/** What has a slash before its `=` is a path. */
function readVectorFile(text: string): VectorFile {
  const [, name, file] = /^([^=/\\]+)=(.+)$/.exec(text) ?? [];
  return name === undefined || file === undefined ? { file: text } : { table: name, file };
}

/** Throws a UserError if the file is not one of weights. */
export function readFirstWeights(file: string): FirstWeights {
  const bytes = readBytes(file);
  const { tensors, metadata } = readSafetensors(bytes, file);
  if (metadata["run"] !== undefined)
    throw new UserError(`${file}: this file holds a whole run: give the \`weights.safetensors\` beside it`);
  if (metadata["recurra"] === undefined) return { file, tensors };
  const { vocabularies } = storedModel(readCheckpoint(bytes, file).description, file);
  return { file, tensors, known: { vocabularies, sizes: new Map() } };
}

/** Throws a UserError if weights or vectors do not fit the model with these data. The data are then closed. */
export function beginningOf(plan: FitPlan, weights: FirstWeights | null, files: readonly VectorFile[]): Beginning {
  try {
    if (weights !== null) {
      refuseOtherVocabularies(plan, weights);
      refuseMisfits(plan, weights);
    }
    const given = files.map(({ file, ...named }) => ({ ...named, name: file, vectorsOf: fileVectors(fileData(file)) }));
    const embedded = embeddingsOf(plan, new Map(), given);
    const about = weights === null ? [] : [`begins with the weights of ${weights.file}`];
    return {
      weights: weights?.tensors ?? new Map(),
      embedded,
      about: [...about, ...embedded.map(({ report }) => embeddedText(report))],
    };
  } catch (problem) {
    plan.data.close();
    throw problem;
  }
}

function embeddedText({ table: name, found, lowerCase, words }: EmbeddedWords): string {
  const small = lowerCase === 0 ? "" : `, ${lowerCase} of them by their form in small letters`;
  return `${name}: ${found} of ${words} words have vectors${small}`;
}

/** Puts weights and vectors into a new model. Rejects with a UserError if a weight is not finite. */
export async function begin<T>(model: Compiled<T>, { weights, embedded }: Beginning): Promise<void> {
  model.setWeights(weights);
  await embedWords(model, embedded);
}

/** The rows of a trained table belong to the symbols of its vocabulary, so other symbols would get wrong rows. */
function refuseOtherVocabularies({ model: { inference }, data }: FitPlan, { file, known }: FirstWeights): void {
  if (known === undefined) return;
  for (const input of inference.inputs) {
    const key = vocabularyKey(input);
    const [own, reading] = [known.vocabularies.get(key), input.token?.reading];
    if (!data.vocabularies.has(key) || own?.kind === reading) continue;
    const has = own === undefined ? "no such vocabulary" : `a vocabulary of the kind \`${own.kind}\` under this name`;
    throw new UserError(
      `${file}: \`${input.name}\` of \`${inference.name}\` reads \`${reading ?? "number"}[${key}]\`, but the model of these weights has ${has}`,
    );
  }
}

/** All weights of the model must be there, and no others. */
function refuseMisfits({ model: { inference }, data }: FitPlan, { file, tensors }: FirstWeights): void {
  const shapes = new Map(inference.parameters.map(({ name, type }) => [name, type.axes.map(({ size }) => size)]));
  const rows = [...new Set([...shapes.keys(), ...tensors.keys()])].flatMap((name) => {
    const [expected, found] = [shapes.get(name), tensors.get(name)?.shape];
    const fits =
      expected?.length === found?.length &&
      expected?.every((size, axis) => sizeOf(size, data.sizes) === found?.[axis]) === true;
    return fits
      ? []
      : [
          [
            name,
            expected === undefined ? "-" : shapeText(expected, data.sizes),
            found === undefined ? "-" : `[${found.join(", ")}]`,
          ],
        ];
  });
  if (rows.length === 0) return;
  const shown = rows.slice(0, MOST_ROWS);
  const more = rows.length > shown.length ? `\nand ${rows.length - shown.length} more` : "";
  throw new UserError(
    `${file}: these weights are not those of \`${inference.name}\` with these data:\n${table([["weight", "spec", "file"], ...shown])}${more}`,
  );
}

const MOST_ROWS = 20;

function sizeOf(size: Dim, sizes: Sizes): number | undefined {
  return symbolsOf(size).every((name) => sizes.has(name)) ? evaluateDim(size, sizes) : undefined;
}

/** `[V = 96, 32]`: sizes of data with their names. */
function shapeText(shape: readonly Dim[], sizes: Sizes): string {
  const sized = shape.map((size) => {
    const value = sizeOf(size, sizes);
    return constantOf(size) !== undefined || value === undefined ? printDim(size) : `${printDim(size)} = ${value}`;
  });
  return `[${sized.join(", ")}]`;
}
