// Shared by drawing and beam search: the start of the writing, the session, and the vocabulary.
import { UserError } from "../base/diagnostic.ts";
import { decode, type Vocabulary } from "../data/vocabulary.ts";
import { startName } from "../graph/border.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Layout } from "../data/data-source.ts";
import { openModel } from "../train/model.ts";
import { feedbackOf, Session, stepsOfFeedback, type Feedback } from "../train/session.ts";
import type { Batch } from "../train/source.ts";
import { textInput } from "../train/text-input.ts";
import { promptTokens } from "../train/writing.ts";
import { needsHistory, refuseUnknownFuture } from "../train/continuing.ts";
import type { Compiled } from "./compiled.ts";
import { gatherBatch } from "./feed.ts";
import type { Arrays } from "./types.ts";
import type { AnyOptions } from "./generate-options.ts";
import { isView, numbersOf } from "./given.ts";
import { wrongValue } from "./options.ts";
import { readSafely } from "./describe-value.ts";
import { toTokens, endsWithToken, vocabularySize } from "./tokens.ts";
import { keyOf } from "./vocabularies.ts";

/** The start of the writing: a prompt that is continued, or the inputs of examples. */
export type Start =
  | {
      readonly kind: "text";
      readonly input: ProgramInput;
      readonly vocabulary: Vocabulary;
      readonly prompt: Int32Array;
      /** The prompt as a text; empty if its symbols are not known. */
      readonly before: string;
    }
  | { readonly kind: "rows"; readonly batch: Batch }
  /** The batch has the sequences that the model goes on with. */
  | { readonly kind: "history"; readonly batch: Batch };

/** Throws a UserError for a model that feeds nothing back, and for inputs or a prompt that do not fit. */
export function readStart<T>(model: Compiled<T>, options: AnyOptions): Start {
  const text = textInput(model.program);
  if (text !== undefined) return textStart(model, text.input, options);
  const { lengths = {}, prompt, allowNonFinite = model.allowNonFinite } = options;
  stepsOfFeedback(model.program);
  const feedback = feedbackOf(model.program);
  const goesOn = needsHistory(feedback);
  if (goesOn || prompt !== undefined) refuseUnknownFuture(feedback, model.program);
  const inputs = prompt === undefined ? (options.inputs ?? {}) : withPrompt(model, feedback, options);
  const { batch } = gatherBatch(model, inputs, { lengths, use: "write", allowNonFinite });
  return goesOn || prompt !== undefined ? { kind: "history", batch } : { kind: "rows", batch };
}

/** The inputs with the history of the only sequence that a model goes on with, which a prompt is. */
function withPrompt<T>(
  model: Compiled<T>,
  feedback: readonly Feedback[],
  { inputs = {}, prompt = [] }: AnyOptions,
): Arrays {
  const [first, ...others] = feedback;
  if (first === undefined || others.length > 0)
    throw new UserError(`\`${model.name}\` goes on with several sequences: give their histories as \`inputs\``);
  const { name, token } = first.input;
  if (typeof prompt === "string" && token === undefined)
    throw wrongValue("`prompt`", prompt, `an array with the steps of \`${name}\``);
  const steps = typeof prompt === "string" ? model.vocabulary(name).encode(prompt) : prompt;
  return { ...inputs, [name]: readSafely("`prompt`", () => Array.from(steps)) };
}

function textStart<T>(model: Compiled<T>, input: ProgramInput, { prompt = "", inputs }: AnyOptions): Start {
  if (inputs !== undefined) throw new UserError(`\`${model.name}\` continues a \`prompt\`, so it takes no \`inputs\``);
  const vocabulary = writtenVocabulary(model, input);
  if (vocabulary === null) throw new UserError(`\`${input.name}\` is read as numbers, which cannot be continued`);
  if (prompt === "" && model.origin.layout === "rows" && !vocabulary.symbols.includes("\n"))
    throw new UserError(
      `\`${model.name}\` predicts \`${input.name}[t+1]\` from the symbols before, so it needs a first one: give a \`prompt\`. A model that begins by itself has \`target ${input.name}\` and reads \`${input.name}[t-1]\``,
    );
  const given = prompt === "" ? "" : tokensOf(model, input, prompt);
  const tokens = promptTokens(vocabulary, given);
  const before = typeof prompt === "string" ? prompt : isKnown(model, input) ? decode(vocabulary, tokens) : "";
  return { kind: "text", input, vocabulary, prompt: tokens, before };
}

/** A prompt as token ids. */
function tokensOf<T>(model: Compiled<T>, input: ProgramInput, prompt: string | ArrayLike<number>): Int32Array {
  if (typeof prompt === "string") return model.vocabulary(input.name).encode(prompt);
  const data = readSafely("`prompt`", () => {
    if (!Array.isArray(prompt) && !isView(prompt))
      throw wrongValue("`prompt`", prompt, "a text, or an array of token ids");
    return Float64Array.from(numbersOf(prompt, prompt.length, "prompt"));
  });
  return Int32Array.from(toTokens(input, { dtype: "int", shape: [data.length, 1], data }, model.sizes.known).data);
}

/** Calls `write` with a session. The weights do not change until it is over. */
export function withSession<T, R>(
  model: Compiled<T>,
  layout: Layout,
  write: (session: Session<T>) => Promise<R>,
): Promise<R> {
  return model.access.read(async () => {
    const weights = model.ready();
    const opened = openModel(model.definition, model.statics, layout);
    const share = model.sharedSteps(layout);
    const session = new Session(opened, model.device, weights, model.sizes.known, { share });
    try {
      return await write(session);
    } finally {
      session.dispose();
    }
  });
}

/** Whether the symbols of an input's tokens are known. */
export function isKnown<T>(model: Compiled<T>, input: ProgramInput): boolean {
  return model.vocabularies.has(keyOf(input));
}

/** If the vocabulary is not known, the special tokens come after the symbols, as in a vocabulary of data. Null for tokens that are numbers. */
export function writtenVocabulary<T>(model: Compiled<T>, input: ProgramInput): Vocabulary | null {
  const known = model.vocabularies.get(keyOf(input));
  if (known !== undefined) return known;
  const { token } = input;
  if (token === undefined || token.reading === "token") return null;
  const size = vocabularySize(token.vocabulary, model.sizes.known);
  if (size === undefined)
    throw new UserError(
      `the size ${token.vocabulary} is not known: give \`sizes: { ${token.vocabulary}: … }\` to \`compile\``,
    );
  const start = model.sizes.known.get(startName(token.vocabulary)) ?? null;
  const end = endsWithToken(model.program, input) ? size - 1 : null;
  return { kind: token.reading, symbols: [], unknown: null, start, end, size };
}
