// The vocabularies of a model: made from texts that a user gives, or those that a trained model brings.
import { UserError } from "../base/diagnostic.ts";
import { buildVocabulary, decode, decodeEach, encode, encodeEach, type Vocabulary } from "../data/vocabulary.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { usesStart, vocabularyKey as keyOf } from "../train/row-model.ts";
import { isView } from "./given.ts";
import { refuseUnknown } from "./names.ts";
import { entriesOf, mustBe } from "./options.ts";
import { reading } from "./shown.ts";
import { endsWithToken } from "./tokens.ts";

/** Symbols and their token ids: those of the symbols first, in order of code points, then of the special tokens. */
export interface TextVocabulary extends Vocabulary {
  /**
   * Token ids of a text, or of symbols in an array, each as a whole; without start and end. A symbol that is not known becomes the unknown
   * token; throws a UserError where there is none.
   */
  encode(text: string | readonly string[]): Int32Array;
  /**
   * The text of token ids; special tokens are written by name, as `<end>`. Characters stand side by side, words as in a text (no blank
   * before closing punctuation or behind an opening bracket), labels with a blank between them: of several, one that has a blank in it is
   * quoted as in JSON. Throws a UserError for an id that the vocabulary does not have.
   */
  decode(tokens: Iterable<number>): string;
  /** The symbols of token ids one by one: what `encode` of an array takes. Throws as `decode`. */
  decodeEach(tokens: Iterable<number>): readonly string[];
}

/** Texts by the name of the vocabulary's size, or of the input where the spec says the size as a number. */
export type Texts = Readonly<Record<string, string | readonly string[]>>;

type TokenInput = ProgramInput & { readonly token: NonNullable<ProgramInput["token"]> };

/** A vocabulary for each name in `texts`, with the special tokens that the program needs. Throws a UserError for a name that is none. */
export function vocabulariesOf(program: Program, given: Texts): ReadonlyMap<string, Vocabulary> {
  const inputs = new Map(program.inputs.filter(isText).map((input) => [keyOf(input), input] as const));
  const texts = entriesOf(given, "`texts`", "{ V: book }");
  refuseUnknown(texts.keys(), [...inputs.keys()], `\`${program.name}\` has no vocabulary`);
  return new Map(
    [...texts].map(([key, text]): [string, Vocabulary] => {
      const alike = program.inputs.filter(isText).filter((input) => keyOf(input) === key);
      const [first] = alike;
      if (first === undefined || first.token.reading === "token") throw new UserError(`\`${key}\` is no vocabulary`);
      const start = usesStart(program, first.token.vocabulary);
      const end = alike.some((input) => endsWithToken(program, input));
      const made = buildVocabulary(first.token.reading, textsGiven(key, text), {
        start,
        end,
        minCount: 1,
      });
      const most = /^\d+$/.test(first.token.vocabulary) ? Number(first.token.vocabulary) : Infinity;
      if (made.size > most)
        throw new UserError(
          `the texts of \`${key}\` have ${made.symbols.length} symbols, ${made.size} with the special tokens, but \`${first.name}\` has room for ${most}`,
        );
      return [key, made];
    }),
  );
}

function textsGiven(key: string, given: string | readonly string[]): readonly string[] {
  const told = `the texts of \`${key}\``;
  return reading(told, () => {
    const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
    return texts.map((text) => {
      if (typeof text !== "string") throw mustBe(told, text, "a text, or an array of texts");
      return text;
    });
  });
}

function isText(input: ProgramInput): input is TokenInput {
  return input.token !== undefined && input.token.reading !== "token";
}

export { keyOf };

/** The vocabulary of an input or target. Throws a UserError where it has none. */
export function vocabularyNamed(
  program: Program,
  vocabularies: ReadonlyMap<string, Vocabulary>,
  name: string,
): TextVocabulary {
  if (typeof name !== "string") throw mustBe("what `vocabulary` is given", name, "the name of an input");
  refuseUnknown(
    [name],
    program.inputs.map((each) => each.name),
    `\`${program.name}\` has no input`,
  );
  const input = program.inputs.find((each) => each.name === name);
  if (input === undefined || !isText(input)) throw new UserError(`\`${name}\` is no text and has no vocabulary`);
  const key = keyOf(input);
  const vocabulary = vocabularies.get(key);
  if (vocabulary === undefined)
    throw new UserError(
      `the vocabulary of \`${name}\` is not known: give \`texts: { ${key}: … }\` to \`compile\`, or \`open\` a trained model`,
    );
  return {
    ...vocabulary,
    encode: (text) => encodeGiven(vocabulary, text),
    decode: (tokens) => decode(vocabulary, idsGiven(tokens)),
    decodeEach: (tokens) => decodeEach(vocabulary, idsGiven(tokens)),
  };
}

function encodeGiven(vocabulary: Vocabulary, text: string | readonly string[]): Int32Array {
  if (typeof text === "string") return encode(vocabulary, text);
  return encodeEach(
    vocabulary,
    reading("what `encode` is given", () => {
      if (!Array.isArray(text)) throw mustBe("what `encode` is given", text, "a text, or an array of symbols");
      return Array.from<unknown, string>(text, (symbol) => symbolGiven(vocabulary, symbol));
    }),
  );
}

/** Labels may be numbers or truth values, as in rows of data. */
function symbolGiven({ kind }: Vocabulary, symbol: unknown): string {
  if (typeof symbol === "string") return symbol;
  if (kind === "label" && (typeof symbol === "number" || typeof symbol === "boolean")) return String(symbol);
  throw mustBe(`a ${kind} that \`encode\` is given`, symbol, "a text");
}

function idsGiven(tokens: Iterable<number>): readonly number[] {
  return reading("what `decode` is given", () => {
    if (!Array.isArray(tokens) && !isView(tokens)) return idsOf(tokens);
    return Array.from<unknown, number>(tokens, idGiven);
  });
}

function idsOf(tokens: Iterable<number>): readonly number[] {
  if (typeof tokens !== "object" || tokens === null || !(Symbol.iterator in tokens))
    throw mustBe("what `decode` is given", tokens, "token ids, as an array or another iterable");
  return Array.from<unknown, number>(tokens, idGiven);
}

function idGiven(id: unknown): number {
  if (typeof id !== "number") throw mustBe("a token id that `decode` is given", id, "a whole number");
  return id;
}

/** Sizes and start tokens that vocabularies tell, beside those that are given. Throws a UserError where they differ. */
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
    const said = sizes.get(name);
    if (said !== undefined && said !== vocabulary.size)
      throw new UserError(
        `the size ${name} is ${said}, but the vocabulary of \`${input.name}\` has ${vocabulary.size}`,
      );
    if (!/^\d+$/.test(name)) sizes.set(name, vocabulary.size);
    if (vocabulary.start !== null) starts.set(name, vocabulary.start);
  }
  return { sizes, starts };
}
