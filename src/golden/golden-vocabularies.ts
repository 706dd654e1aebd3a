// The vocabularies of a golden file: token ids of symbols, and the sizes that a program reads.
import { UserError } from "../base/diagnostic.ts";
import { isDim } from "../graph/attributes.ts";
import { startName, vocabularyOfStart } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { symbolsOf, type Sizes } from "../shape/dim.ts";
import { numbersOf } from "./golden-arrays.ts";
import type { Golden, GoldenArray, GoldenData, GoldenVocabulary } from "./golden.ts";

type TokenInput = ProgramInput & { readonly token: NonNullable<ProgramInput["token"]> };

function isToken(input: ProgramInput): input is TokenInput {
  return input.token !== undefined;
}

/** The name of an input's vocabulary: that of its size, or the input's own if the spec gives the size as a number. */
function vocabularyName({ name, token }: TokenInput): string {
  return /^\d+$/.test(token.vocabulary) ? name : token.vocabulary;
}

function sizeOf(vocabulary: GoldenVocabulary): number {
  return "symbols" in vocabulary ? vocabulary.symbols.length : vocabulary.size;
}

/** The sizes that the vocabularies give. Throws a UserError for a name that the program does not have, and for a missing start token. */
export function vocabularySizes({ inputs, graph, name: own }: Program, { vocabularies }: Golden): Sizes {
  const names = new Map(inputs.filter(isToken).map((input) => [vocabularyName(input), input.token.vocabulary]));
  const sizes = new Map<string, number>();
  for (const [name, vocabulary] of Object.entries(vocabularies)) {
    const size = names.get(name);
    if (size === undefined)
      throw new UserError(`the file has the vocabulary \`${name}\`, which \`${own}\` does not have`);
    sizes.set(size, sizeOf(vocabulary));
    if (vocabulary.start !== undefined) sizes.set(startName(size), vocabulary.start);
  }
  for (const size of startsIn(graph)) {
    if (sizes.has(startName(size))) continue;
    const name = [...names].find(([, each]) => each === size)?.[0] ?? size;
    throw new UserError(`the file has no start token for the vocabulary \`${name}\`: add \`start\` to it`);
  }
  return sizes;
}

/** The vocabularies whose start token the graph reads, by their sizes. */
function startsIn(graph: Graph): ReadonlySet<string> {
  const dims = graph.all().flatMap(({ attributes }) => (Array.isArray(attributes.dims) ? attributes.dims : []));
  const names = dims.filter(isDim).flatMap(symbolsOf).map(vocabularyOfStart);
  return new Set(names.filter((name) => name !== undefined));
}

/** Data as numbers: the ids of tokens, else the numbers themselves. Throws a UserError for what is not a token of the vocabulary. */
export function encoded(name: string, data: GoldenData, input: ProgramInput, { vocabularies }: Golden): GoldenArray {
  if (!isToken(input)) return numbersOf(name, data);
  const key = vocabularyName(input);
  const vocabulary = vocabularies[key];
  const most = vocabulary === undefined ? Infinity : sizeOf(vocabulary);
  const symbols = vocabulary !== undefined && "symbols" in vocabulary ? vocabulary.symbols : [];
  const ids = new Map(symbols.map((symbol, id) => [symbol, id]));
  const idOf = (value: number | string): number => {
    const id = typeof value === "string" ? ids.get(value) : value;
    if (id !== undefined && Number.isInteger(id) && id >= 0 && id < most) return id;
    throw new UserError(`\`${name}\` has ${JSON.stringify(value)}, which is not a token of the vocabulary \`${key}\``);
  };
  return { shape: data.shape, data: Array.from<number | string, number>(data.data, idOf) };
}
