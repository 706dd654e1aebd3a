// The vocabularies of a model: from the option `texts`, or from a trained model.
import { UserError } from "../base/diagnostic.ts";
import { buildVocabulary, decode, decodeEach, encode, encodeEach, type Vocabulary } from "../data/vocabulary.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { usesStart, vocabularyKey as keyOf } from "../train/row-model.ts";
import { isView } from "./given.ts";
import { refuseUnknown } from "./names.ts";
import { readEntries, wrongValue } from "./options.ts";
import { readSafely } from "./describe-value.ts";
import { endsWithToken } from "./tokens.ts";

/** Symbols and their token ids. The ids of the symbols come first, in order of code points, then those of the special tokens. */
export interface TextVocabulary extends Vocabulary {
  /**
   * Token ids of a text, or of an array of whole symbols, without start and end tokens. A symbol that is not in the vocabulary becomes the
   * unknown token. Throws a UserError if there is no unknown token.
   */
  encode(text: string | readonly string[]): Int32Array;
  /**
   * The text of token ids. Special tokens are written by name, as `<end>`. Words have blanks between them, but not before closing
   * punctuation or after an opening bracket. Several labels have blanks between them, and a label that contains a blank is quoted as in
   * JSON. Throws a UserError for an id that is not in the vocabulary.
   */
  decode(tokens: Iterable<number>): string;
  /** The symbols of token ids one by one, which `encode` takes as an array. Throws as `decode`. */
  decodeEach(tokens: Iterable<number>): readonly string[];
}

/** Texts by the name of the vocabulary's size, or by the name of the input if its size is a number in the spec. */
export type Texts = Readonly<Record<string, string | readonly string[]>>;

type TokenInput = ProgramInput & { readonly token: NonNullable<ProgramInput["token"]> };

/** A vocabulary for each name in `texts`, with the special tokens that the program needs. Throws a UserError for an unknown name. */
export function buildVocabularies(program: Program, given: Texts): ReadonlyMap<string, Vocabulary> {
  const inputs = new Map(program.inputs.filter(isText).map((input) => [keyOf(input), input] as const));
  const texts = readEntries(given, "`texts`", "{ V: book }");
  refuseUnknown(texts.keys(), [...inputs.keys()], `\`${program.name}\` has no vocabulary`);
  return new Map(
    [...texts].map(([key, text]): [string, Vocabulary] => {
      const alike = program.inputs.filter(isText).filter((input) => keyOf(input) === key);
      const [first] = alike;
      if (first === undefined || first.token.reading === "token") throw new UserError(`\`${key}\` is not a vocabulary`);
      const start = usesStart(program, first.token.vocabulary);
      const end = alike.some((input) => endsWithToken(program, input));
      const made = buildVocabulary(first.token.reading, readTexts(key, text), {
        start,
        end,
        minCount: 1,
      });
      const room = /^\d+$/.test(first.token.vocabulary) ? Number(first.token.vocabulary) : Infinity;
      if (made.size > room)
        throw new UserError(
          `the texts of \`${key}\` have ${made.symbols.length} symbols, ${made.size} with the special tokens, but \`${first.name}\` has room for ${room}`,
        );
      return [key, made];
    }),
  );
}

function readTexts(key: string, given: string | readonly string[]): readonly string[] {
  const label = `the texts of \`${key}\``;
  return readSafely(label, () => {
    const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
    return texts.map((text) => {
      if (typeof text !== "string") throw wrongValue(label, text, "a text, or an array of texts");
      return text;
    });
  });
}

function isText(input: ProgramInput): input is TokenInput {
  return input.token !== undefined && input.token.reading !== "token";
}

export { keyOf };

/** The vocabulary of an input or target. Throws a UserError if it has none. */
export function vocabularyNamed(
  program: Program,
  vocabularies: ReadonlyMap<string, Vocabulary>,
  name: string,
): TextVocabulary {
  if (typeof name !== "string") throw wrongValue("the argument of `vocabulary`", name, "the name of an input");
  refuseUnknown(
    [name],
    program.inputs.map((each) => each.name),
    `\`${program.name}\` has no input`,
  );
  const input = program.inputs.find((each) => each.name === name);
  if (input === undefined || !isText(input)) throw new UserError(`\`${name}\` is not text, so it has no vocabulary`);
  const key = keyOf(input);
  const vocabulary = vocabularies.get(key);
  if (vocabulary === undefined)
    throw new UserError(
      `the vocabulary of \`${name}\` is not known: give \`texts: { ${key}: … }\` to \`compile\`, or \`open\` a trained model`,
    );
  return {
    ...vocabulary,
    encode: (text) => encodeText(vocabulary, text),
    decode: (tokens) => decode(vocabulary, readIds(tokens)),
    decodeEach: (tokens) => decodeEach(vocabulary, readIds(tokens)),
  };
}

function encodeText(vocabulary: Vocabulary, text: string | readonly string[]): Int32Array {
  if (typeof text === "string") return encode(vocabulary, text);
  return encodeEach(
    vocabulary,
    readSafely("the argument of `encode`", () => {
      if (!Array.isArray(text)) throw wrongValue("the argument of `encode`", text, "a text, or an array of symbols");
      return Array.from<unknown, string>(text, (symbol) => readSymbol(vocabulary, symbol));
    }),
  );
}

/** Labels may be numbers or booleans, as in rows of data. */
function readSymbol({ kind }: Vocabulary, symbol: unknown): string {
  if (typeof symbol === "string") return symbol;
  if (kind === "label" && (typeof symbol === "number" || typeof symbol === "boolean")) return String(symbol);
  throw wrongValue(`a ${kind} in the argument of \`encode\``, symbol, "a text");
}

function readIds(tokens: Iterable<number>): readonly number[] {
  return readSafely("the argument of `decode`", () => {
    if (!Array.isArray(tokens) && !isView(tokens)) return readIterable(tokens);
    return Array.from<unknown, number>(tokens, readId);
  });
}

function readIterable(tokens: Iterable<number>): readonly number[] {
  if (typeof tokens !== "object" || tokens === null || !(Symbol.iterator in tokens))
    throw wrongValue("the argument of `decode`", tokens, "token ids, as an array or another iterable");
  return Array.from<unknown, number>(tokens, readId);
}

function readId(id: unknown): number {
  if (typeof id !== "number") throw wrongValue("a token id in the argument of `decode`", id, "a whole number");
  return id;
}

/** The given sizes and start tokens, and those of the vocabularies. Throws a UserError if they differ. */
export function vocabularySizes(
  program: Program,
  vocabularies: ReadonlyMap<string, Vocabulary>,
  given: { readonly sizes: ReadonlyMap<string, number>; readonly starts: ReadonlyMap<string, number> },
): { readonly sizes: ReadonlyMap<string, number>; readonly starts: ReadonlyMap<string, number> } {
  const sizes = new Map(given.sizes);
  const starts = new Map(given.starts);
  for (const input of program.inputs) {
    const vocabulary = vocabularies.get(keyOf(input));
    if (vocabulary === undefined || input.token === undefined) continue;
    const { vocabulary: name } = input.token;
    const givenSize = sizes.get(name);
    if (givenSize !== undefined && givenSize !== vocabulary.size)
      throw new UserError(
        `the size ${name} is ${givenSize}, but the vocabulary of \`${input.name}\` has ${vocabulary.size}`,
      );
    if (!/^\d+$/.test(name)) sizes.set(name, vocabulary.size);
    if (vocabulary.start !== null) starts.set(name, vocabulary.start);
  }
  return { sizes, starts };
}
